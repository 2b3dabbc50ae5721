/** Stops the embedded server. */

import { acquireFileLock } from "../../core/mod.ts";
import { isServerAlive, type StopMode, stopServer } from "./server_control.ts";
import { removeDescription } from "./server_description.ts";
import { serverPaths } from "./server_paths.ts";
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
 */
export async function stopEmbedded(
  { mode = "fast", signal }: StopEmbeddedOptions = {},
): Promise<{ stopped: boolean }> {
  const paths = serverPaths();
  if (!await exists(paths.home)) return { stopped: false };
  using _lock = await acquireFileLock(paths.lock, { timeoutMs: lockTimeoutMs, signal });
  const stopped = await isServerAlive(paths, signal);
  if (stopped) await stopServer(paths, { mode, signal });
  await removeDescription();
  return { stopped };
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
