/** PostgreSQL servers that leave nothing behind, however their process ends. */

import { join } from "@std/path";
import { Secret } from "../../lib/core/mod.ts";
import {
  type ClusterFiles,
  findFreePort,
  initCluster,
  installServerBinaries,
  randomPassword,
  startServer,
  type StopMode,
  stopServer,
} from "../../lib/database/embedded/mod.ts";
import type { ConnectionTarget } from "../../lib/database/mod.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

/** How a throw-away cluster is made. */
export interface ThrowawayClusterOptions {
  /** A folder with the server's programs. By default they are copied into the cluster's folder. */
  binaries?: string | undefined;
  /** More lines of `postgresql.conf`. */
  settings?: Readonly<Record<string, string>>;
}

/** A server of one's own, on a free port of 127.0.0.1. */
export interface ThrowawayServer extends AsyncDisposable {
  /** The server's port, the same after every start. */
  readonly port: number;
  /** The folder with the server's programs. */
  readonly binaries: string;
  /** The server's log. */
  readonly log: string;
  /** The superuser's URL of a database, by default `postgres`. */
  url(database?: string): string;
  /** The superuser's connection to a database. */
  target(database?: string): ConnectionTarget;
  /** Process id of the running server. */
  pid(): Promise<number>;
  /** Stops the server; `immediate` is a crash without warning to anyone. */
  stop(mode?: StopMode): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Stops and starts it. */
  restart(mode?: StopMode): Promise<void>;
}

const username = "opsdeck";

// What makes a server safe against a crash of the machine only makes tests slow. A crash of the
// server itself it survives as any other.
const fastSettings = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "300",
};

/** Makes a cluster in a temporary folder and starts its server; disposing ends and removes both. */
export async function createThrowawayCluster(
  options: ThrowawayClusterOptions = {},
): Promise<ThrowawayServer> {
  const folder = await temporaryFolder("postgres");
  try {
    const binaries = options.binaries ?? join(folder.path, "18");
    if (options.binaries === undefined) await installServerBinaries(binaries);
    const files = {
      binaries,
      dataDirectory: join(folder.path, "data"),
      log: join(folder.path, "server.log"),
    };
    const password = new Secret(randomPassword());
    await initCluster({
      ...files,
      username,
      password,
      settings: { ...fastSettings, ...options.settings },
      isDurable: false,
    });
    const port = await startOnFreePort(files);
    return describe(files, port, password, folder);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

function describe(
  files: ClusterFiles,
  port: number,
  password: Secret,
  folder: TemporaryFolder,
): ThrowawayServer {
  const stop = (mode: StopMode = "fast") => stopServer(files, { mode });
  const start = () => startServer(files, { port });
  return {
    port,
    binaries: files.binaries,
    log: files.log,
    url: (database = "postgres") =>
      `postgres://${username}:${password.reveal()}@127.0.0.1:${port}/${database}`,
    target: (database = "postgres") => ({
      dialect: "postgresql",
      host: "127.0.0.1",
      port,
      database,
      username,
      password,
      tls: { mode: "disable" },
    }),
    async pid() {
      const text = await Deno.readTextFile(join(files.dataDirectory, "postmaster.pid"));
      return Number.parseInt(text);
    },
    stop,
    start,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

// Between looking for a port and using it another process may take it.
async function startOnFreePort(files: ClusterFiles): Promise<number> {
  for (let attempt = 1;; attempt++) {
    const port = findFreePort();
    try {
      await startServer(files, { port });
      return port;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}
