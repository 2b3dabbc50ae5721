/** Stops the embedded server. */

import { acquireFileLock } from "../../core/mod.ts";
import { readPostmasterFile } from "./postmaster_file.ts";
import { stopFailure, type StopMode, stopServer } from "./server_control.ts";
import { removeDescription } from "./server_description.ts";
import { type ServerPaths, serverPaths } from "./server_paths.ts";
import { loopback } from "./server_port.ts";
import { traceServer } from "./server_trace.ts";
import { lockTimeoutMs } from "./start_embedded.ts";

/** How {@link stopEmbedded} stops. */
export interface StopEmbeddedOptions {
  /** `smart` waits for the clients to leave; `fast`, the default, sends them away. */
  mode?: StopMode;
  /** Stops waiting. */
  signal?: AbortSignal;
}

/**
 * Stops the embedded server, waits for its end and removes its description. Its data stays.
 * `stopped` is false when none was running.
 *
 * @throws OpsdeckError with code DATABASE_STOP, exit code 1, when it does not end within a minute,
 * and when the process that it seems to be does not say that it is PostgreSQL.
 */
export async function stopEmbedded(
  { mode = "fast", signal }: StopEmbeddedOptions = {},
): Promise<{ stopped: boolean }> {
  const paths = serverPaths();
  if (!await exists(paths.home)) return { stopped: false };
  using _lock = await acquireFileLock(paths.lock, { timeoutMs: lockTimeoutMs, signal });
  const trace = await traceServer(paths, signal);
  if (trace === "silent") throw await unknownProcess(paths);
  if (trace === "server") await stopServer(paths, { mode, signal });
  await removeDescription();
  return { stopped: trace === "server" };
}

/** A signal to a process that may be another's would be worse than a server that stays. */
async function unknownProcess({ dataDirectory }: ServerPaths): Promise<Error> {
  const { pid, port } = await readPostmasterFile(dataDirectory) ?? { pid: 0, port: 0 };
  return stopFailure(
    `Cannot stop the embedded PostgreSQL as process ${pid} does not answer as a server on ` +
      `${loopback}:${port}; look whether it is PostgreSQL (ps -fp ${pid}), and end it yourself ` +
      `if so (kill -INT ${pid})`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
