/** The one PostgreSQL that all systems are measured on, with default durability. */

import postgres from "postgres";
import { createThrowawayCluster } from "../../support/throwaway_cluster.ts";

/** A throw-away server; disposing stops and removes it. */
export interface BenchServer extends AsyncDisposable {
  /** The server's process id. */
  readonly pid: number;
  /** The server's version, such as `18.4`. */
  readonly version: string;
  /** Makes a database and gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Drops a database, whoever is still connected. */
  dropDatabase(name: string): Promise<void>;
  /** Gives the planner statistics, and the disk what it is owed, before something is timed. */
  settle(databaseUrl: string): Promise<void>;
  /** Writes everything to disk, so that no system pays for the one before. */
  checkpoint(): Promise<void>;
}

// What the test servers turn off for speed.
const durableSettings = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };

/** Starts the server on a free port. */
export async function startBenchServer(): Promise<BenchServer> {
  const cluster = await createThrowawayCluster({ settings: durableSettings });
  const admin = postgres(cluster.url(), { max: 1, onnotice: () => {} });
  const checkpoint = async () => {
    await admin`checkpoint`;
  };
  try {
    const [row] = await admin`show server_version`;
    return {
      pid: await cluster.pid(),
      version: String(row?.["server_version"]),
      async createDatabase(name) {
        await admin`create database ${admin(name)}`;
        return cluster.url(name);
      },
      async dropDatabase(name) {
        await admin`drop database if exists ${admin(name)} with (force)`;
      },
      async settle(databaseUrl) {
        const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
        await sql`vacuum analyze`;
        await sql.end();
        await checkpoint();
      },
      checkpoint,
      async [Symbol.asyncDispose]() {
        await admin.end({ timeout: 1 });
        await cluster[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}
