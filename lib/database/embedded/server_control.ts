/** Starts and stops the server of a cluster, and tells whether it runs. */

import { join } from "node:path";
import { ErrorCategory, OpsdeckError } from "../../core/mod.ts";
import { readPostmasterFile } from "./postmaster_file.ts";
import { runPgCtl, startFailure } from "./pg_ctl.ts";
import { serverAccount } from "./server_account.ts";
import { logSize, readLogTail } from "./server_log.ts";
import { probePort } from "./server_port.ts";

/** A cluster and the programs that run it. */
export interface ClusterFiles {
  /** The folder with the programs' `bin`. */
  binaries: string;
  /** The data folder. */
  dataDirectory: string;
  /** The file that the server's messages are added to. */
  log: string;
}

/** How the server ends: `fast` rolls back and writes out, `immediate` is a crash on purpose. */
export type StopMode = "smart" | "fast" | "immediate";

const statusTimeoutMs = 10_000;
/** Time for what a server that was killed still has to write again. */
export const startTimeoutSeconds = 120;
const stopTimeoutSeconds = 60;

/** Tells whether the process that `postmaster.pid` names is alive. */
export async function isServerAlive(
  { binaries, dataDirectory }: ClusterFiles,
  signal?: AbortSignal,
): Promise<boolean> {
  const postmaster = await readPostmasterFile(dataDirectory);
  if (postmaster === undefined) return false;
  if (!await hasPrograms(binaries)) return await probePort(postmaster.port) === "postgres";
  const { code } = await runPgCtl({
    binaries,
    args: ["status", "-D", dataDirectory],
    timeoutMs: statusTimeoutMs,
    signal,
  });
  return code === 0;
}

/**
 * Starts the server of a cluster on a port of 127.0.0.1, waits until it accepts connections, and
 * leaves it running in a session of its own, which no Ctrl-C reaches.
 *
 * @throws OpsdeckError with code DATABASE_START and the server's own last words when it ends.
 */
export async function startServer(
  files: ClusterFiles,
  { port, signal }: { port: number; signal?: AbortSignal | undefined },
): Promise<void> {
  await makeLog(files.log);
  const sizeBefore = await logSize(files.log);
  const { code, message } = await runPgCtl({
    binaries: files.binaries,
    args: [
      "start",
      "--wait",
      `--timeout=${startTimeoutSeconds}`,
      `--pgdata=${files.dataDirectory}`,
      `--log=${files.log}`,
      `--options=-p ${port}`,
    ],
    timeoutMs: (startTimeoutSeconds + 10) * 1000,
    signal,
  });
  if (code === 0) return;
  const lastWords = await readLogTail(files.log, sizeBefore);
  throw startFailure(
    `Cannot start the embedded PostgreSQL on port ${port} (${lastWords || message}); see ` +
      `"${files.log}"`,
  );
}

/** How {@link stopServer} stops. */
export interface StopServerOptions {
  /** How the server ends. */
  mode: StopMode;
  /** How long to wait for its end. Defaults to 60. */
  timeoutSeconds?: number;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Stops the server of a cluster and waits for its end. Connected clients lose their connections,
 * but for the mode `smart`.
 *
 * @throws OpsdeckError with code DATABASE_STOP, exit code 1, when it does not end in time.
 */
export async function stopServer(
  { binaries, dataDirectory }: ClusterFiles,
  { mode, timeoutSeconds = stopTimeoutSeconds, signal }: StopServerOptions,
): Promise<void> {
  const { code, message } = await runPgCtl({
    binaries,
    args: [
      "stop",
      "--wait",
      "--silent",
      `--timeout=${timeoutSeconds}`,
      `--pgdata=${dataDirectory}`,
      `--mode=${mode}`,
    ],
    timeoutMs: (timeoutSeconds + 10) * 1000,
    signal,
  });
  if (code !== 0 && await isServerAlive({ binaries, dataDirectory, log: "" })) {
    throw stopFailure(
      mode === "smart"
        ? `Cannot stop the embedded PostgreSQL within ${timeoutSeconds} seconds as clients are ` +
          "connected; it takes no new ones, and ends by itself when the last has left: wait, or " +
          "send them away with --mode fast"
        : `Cannot stop the embedded PostgreSQL (${message}); stop it with --mode immediate`,
    );
  }
}

/** Makes the error of a server that cannot be stopped. */
export function stopFailure(message: string): OpsdeckError {
  return new OpsdeckError(message, { code: "DATABASE_STOP", category: ErrorCategory.SYSTEM });
}

async function hasPrograms(binaries: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(binaries, "bin", "pg_ctl"))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// The shell that opens the log runs as the server's user, who may not make files here.
async function makeLog(log: string): Promise<void> {
  await Deno.writeFile(log, new Uint8Array(), { append: true, mode: 0o600 });
  const account = serverAccount();
  if (account !== undefined) await Deno.chown(log, account.uid, account.gid);
}
