/** Tells whether the embedded server runs. */

import { readPostmasterFile } from "./postmaster_file.ts";
import { isServerAlive } from "./server_control.ts";
import { serverVersion } from "./server_binaries.ts";
import { type EmbeddedServer, readIdentity } from "./server_description.ts";
import { serverPaths } from "./server_paths.ts";
import { loopback, probePort } from "./server_port.ts";

/** What {@link embeddedStatus} gives. */
export interface EmbeddedStatus {
  /** Whether the server accepts connections. */
  running: boolean;
  /** The running server; null when none runs. */
  server: EmbeddedServer | null;
}

/**
 * Tells whether the embedded server runs, and where. Changes nothing and takes no lock; a server
 * that is just starting or stopping does not count as running.
 */
export async function embeddedStatus(
  { signal }: { signal?: AbortSignal } = {},
): Promise<EmbeddedStatus> {
  const server = await findRunningServer(signal);
  return { running: server !== undefined, server: server ?? null };
}

/** Gives the running server, or undefined when none runs. */
export async function findRunningServer(
  signal?: AbortSignal,
): Promise<EmbeddedServer | undefined> {
  const paths = serverPaths();
  const postmaster = await readPostmasterFile(paths.dataDirectory);
  if (!postmaster?.isReady) return undefined;
  // The process id alone proves nothing: another process may have it by now.
  if (!await isServerAlive(paths, signal)) return undefined;
  if (await probePort(postmaster.port) !== "postgres") return undefined;
  const { username, password } = await readIdentity(paths.clusterFile);
  return {
    host: loopback,
    port: postmaster.port,
    username,
    password,
    dataDirectory: paths.dataDirectory,
    pid: postmaster.pid,
    version: serverVersion(),
  };
}
