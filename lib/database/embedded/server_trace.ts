/**
 * Tells a server that lives from the `postmaster.pid` that a killed one has left. The caller holds
 * the lock of starting and stopping.
 */

import { delay } from "../../core/mod.ts";
import { startFailure } from "./pg_ctl.ts";
import {
  parsePostmasterFile,
  postmasterPath,
  readPostmasterFile,
  readPostmasterText,
} from "./postmaster_file.ts";
import { type ClusterFiles, isServerAlive, startTimeoutSeconds } from "./server_control.ts";
import { readIdentity } from "./server_description.ts";
import { loopback, probePort } from "./server_port.ts";

/** Whether a server has the data folder; `silent` is a process that does not say who it is. */
export type ServerTrace = "none" | "server" | "silent";

// A server that has made its file listens soon after; one that ends is silent for a moment.
const patienceMs = 3_000;
const pollMs = 25;

/**
 * Tells whether the process that `postmaster.pid` names is the server. A server that was killed
 * leaves the file behind, and its process id comes to belong to another process, which must not be
 * sent a signal, and which PostgreSQL would take for the server: then the file is removed. Should a
 * child of the killed server still live, the shared memory, found by the folder's inode, gives it
 * away.
 */
export async function traceServer(
  files: ClusterFiles,
  signal?: AbortSignal,
): Promise<ServerTrace> {
  const endsAt = performance.now() + patienceMs;
  while (await isServerAlive(files, signal)) {
    const postmaster = await readPostmasterFile(files.dataDirectory);
    if (postmaster === undefined) return "none";
    const answer = await probePort(postmaster.port);
    if (answer === "postgres") return "server";
    const isLate = performance.now() > endsAt;
    // A server that is ready listens, until it says that it is stopping.
    if (answer === "refused" && (postmaster.isReady || isLate)) {
      await removePostmasterFile(files.dataDirectory);
      return "none";
    }
    if (isLate) return "silent";
    await delay(pollMs, { signal });
  }
  return "none";
}

/**
 * Waits while a server that lives is on its way up or down, and tells whether it is up.
 *
 * @throws OpsdeckError with code DATABASE_START when it is still on its way after two minutes.
 */
export async function settleServer(files: ClusterFiles, signal?: AbortSignal): Promise<boolean> {
  const endsAt = performance.now() + startTimeoutSeconds * 1000;
  while (await traceServer(files, signal) !== "none") {
    if ((await readPostmasterFile(files.dataDirectory))?.isReady) return true;
    if (performance.now() > endsAt) {
      throw startFailure(
        `Cannot use the embedded PostgreSQL as it is neither up nor down after ` +
          `${startTimeoutSeconds} seconds; see "${files.log}"`,
      );
    }
    await delay(pollMs, { signal });
  }
  return false;
}

/**
 * Removes a `postmaster.pid` that cannot be read, as a crash of the machine leaves one: no server
 * starts beside it.
 *
 * @throws OpsdeckError with code DATABASE_START when a server answers all the same.
 */
export async function removeTornPostmasterFile(
  { dataDirectory, clusterFile }: { dataDirectory: string; clusterFile: string },
): Promise<void> {
  const text = await readPostmasterText(dataDirectory);
  if (text === undefined || !isTorn(text)) return;
  const { port } = await readIdentity(clusterFile);
  if (await probePort(port) === "postgres") {
    throw startFailure(
      `Cannot use the embedded PostgreSQL as "${postmasterPath(dataDirectory)}" is damaged while ` +
        `a server answers on ${loopback}:${port}; the server notices and ends within a minute: ` +
        "try again then",
    );
  }
  await removePostmasterFile(dataDirectory);
}

// A negative number is that of `postgres --single`, which somebody runs by hand.
function isTorn(text: string): boolean {
  return parsePostmasterFile(text) === undefined && !/^-\d/.test(text);
}

async function removePostmasterFile(dataDirectory: string): Promise<void> {
  try {
    await Deno.remove(postmasterPath(dataDirectory));
  } catch (error) {
    // A server that was just ending has removed it.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
