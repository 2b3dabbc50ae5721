/**
 * Fresh databases on a real PostgreSQL. `deno task test` starts one throw-away server for all test
 * files; a test file that is run by itself starts one when it imports this.
 */

import postgres from "postgres";
import { Secret } from "../../lib/core/mod.ts";
import type { ConnectionTarget } from "../../lib/database/mod.ts";
import { sharedBinariesVariable, sharedServerVariable } from "./shared_server.ts";
import {
  createThrowawayCluster,
  type ThrowawayClusterOptions,
  type ThrowawayServer,
} from "./throwaway_cluster.ts";

export type { ThrowawayServer } from "./throwaway_cluster.ts";

/** A database that many tests begin with, made once and copied. */
export interface DatabaseTemplate {
  /** Names the template among all test files. */
  name: string;
  /** Makes its tables; must close its connections. */
  prepare(target: ConnectionTarget): Promise<void>;
}

/** A database of one's own; disposing drops it, whoever is still connected. */
export interface TestDatabase extends AsyncDisposable {
  /** Its name. */
  readonly name: string;
  /** Its URL, password and all. */
  readonly url: string;
  /** Its connection as DatabaseManager takes it. */
  readonly target: ConnectionTarget;
  /** A client for arranging and asserting, made when first used. */
  readonly sql: postgres.Sql;
}

// Here and not when first used: what is opened inside a test counts as a leak of that test.
const serverUrl = Deno.env.get(sharedServerVariable) ?? await startServerOfThisProcess();

/** Makes a fresh database, empty or a copy of a template. */
export async function testDatabase(
  { template }: { template?: DatabaseTemplate } = {},
): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await withAdmin(async (admin) => {
    const source = template === undefined ? "template1" : await makeTemplate(admin, template);
    await admin`create database ${admin(name)} template ${admin(source)}`;
  });
  const url = databaseUrl(name);
  let sql: postgres.Sql | undefined;
  return {
    name,
    url,
    target: databaseTarget(name),
    get sql() {
      return sql ??= connect(url);
    },
    async [Symbol.asyncDispose]() {
      await sql?.end({ timeout: 5 });
      await withAdmin((admin) => admin`drop database if exists ${admin(name)} with (force)`);
    },
  };
}

/** Starts a server that belongs to one test alone, for crashing and restarting. */
export function throwawayServer(
  options: Omit<ThrowawayClusterOptions, "binaries"> = {},
): Promise<ThrowawayServer> {
  const binaries = Deno.env.get(sharedBinariesVariable);
  return createThrowawayCluster({ ...options, binaries });
}

async function startServerOfThisProcess(): Promise<string> {
  return (await createThrowawayCluster()).url();
}

async function makeTemplate(admin: postgres.Sql, template: DatabaseTemplate): Promise<string> {
  const name = `template_${template.name}`;
  const unfinished = `${name}_unfinished`;
  await admin`select pg_advisory_lock(hashtext(${name}))`;
  try {
    const [known] = await admin`select 1 from pg_database where datname = ${name}`;
    if (known !== undefined) return name;
    await admin`drop database if exists ${admin(unfinished)} with (force)`;
    await admin`create database ${admin(unfinished)}`;
    await template.prepare(databaseTarget(unfinished));
    await admin`alter database ${admin(unfinished)} rename to ${admin(name)}`;
    return name;
  } finally {
    await admin`select pg_advisory_unlock(hashtext(${name}))`;
  }
}

async function withAdmin<T>(work: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = connect(serverUrl);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function connect(url: string): postgres.Sql {
  return postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "test" } });
}

function databaseUrl(name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function databaseTarget(name: string): ConnectionTarget {
  const { hostname, port, username, password } = new URL(serverUrl);
  return {
    dialect: "postgresql",
    host: hostname,
    port: Number(port),
    database: name,
    username,
    password: new Secret(password),
    tls: { mode: "disable" },
  };
}
