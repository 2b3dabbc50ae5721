/** A folder, a home and a queue of a test's own, in which the scripts run as users run them. */

import { join } from "@std/path";
import {
  type DatabaseTemplate,
  type TestDatabase,
  testDatabase,
} from "../support/postgres_server.ts";
import { queueTemplate } from "../support/queue_database.ts";
import {
  packageFolder,
  type RunningScript,
  runScript,
  type RunScriptOptions,
  scriptPath,
  type ScriptResult,
  shebangArgs,
  startScript,
} from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** Where the queue's connection string is looked for. */
export const connectionVariable = "DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING";

/** The place of a test: its scripts know this queue and this folder only. */
export interface QueueSandbox extends AsyncDisposable {
  /** The folder that scripts are run from. */
  readonly folder: string;
  /** The variables that scripts get. */
  readonly env: Readonly<Record<string, string>>;
  /** The database behind it. */
  readonly database: TestDatabase;
  /** Writes a file into the folder and gives its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Runs `queue` and waits for its end. */
  queue(args: readonly string[], options?: RunScriptOptions): Promise<ScriptResult>;
  /** Runs `claim-batch` and waits for its end. */
  claim(args: readonly string[], options?: RunScriptOptions): Promise<ScriptResult>;
  /** Starts `claim-batch`. */
  startClaim(args: readonly string[], options?: RunScriptOptions): RunningScript;
  /** Starts `queue` with its standard input left open. */
  startQueueOnStdin(args: readonly string[]): Deno.ChildProcess;
  /** Starts `claim-batch` with its standard input left open. */
  startClaimOnStdin(args: readonly string[], env: Record<string, string>): Deno.ChildProcess;
  /** Puts records `{ n: 1 }`, `{ n: 2 }` and so on into a flow. */
  fill(flow: string, count: number): Promise<void>;
  /** Counts the records of a flow by status; those that are none are absent. */
  counts(flow: string): Promise<Record<string, number>>;
  /** Gives why records of a flow failed, by their `n`. */
  reasons(flow: string): Promise<Record<string, string>>;
}

/** Makes the place; `template: null` leaves the database empty. */
export async function queueSandbox(
  { template = queueTemplate }: { template?: DatabaseTemplate | null } = {},
): Promise<QueueSandbox> {
  const temporary = await temporaryFolder("scripts");
  const folder = await Deno.realPath(temporary.path);
  const database = await testDatabase(template === null ? {} : { template });
  const home = join(folder, "home");
  await Deno.mkdir(home);
  const env = { HOME: home, [connectionVariable]: database.url };
  const place = (options: RunScriptOptions = {}) => ({
    cwd: folder,
    ...options,
    env: { ...env, ...options.env },
  });
  const startOnStdin = (name: string, args: readonly string[], more = {}) => {
    const path = scriptPath(name);
    return new Deno.Command(Deno.execPath(), {
      args: [...shebangArgs(path, { ...env, PWD: folder }), path, ...args],
      cwd: folder,
      env: { ...env, NO_COLOR: "1", DENO_DIR: packageFolder(), ...more },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  };
  return {
    folder,
    env,
    database,
    async write(name, content) {
      const path = join(folder, name);
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
      return path;
    },
    queue: (args, options) => runScript("queue", args, place(options)),
    claim: (args, options) => runScript("claim-batch", args, place(options)),
    startClaim: (args, options) => startScript("claim-batch", args, place(options)),
    startQueueOnStdin: (args) => startOnStdin("queue", args),
    startClaimOnStdin: (args, env) => startOnStdin("claim-batch", args, env),
    async fill(flow, count) {
      await database.sql`
        insert into processing_queue (flow_name, payload)
        select ${flow}, jsonb_build_object('n', n) from generate_series(1, ${count}::int) n
        order by n`;
    },
    async counts(flow) {
      const rows = await database.sql`
        select status, count(*)::int as count from processing_queue
        where flow_name = ${flow} group by status`;
      return Object.fromEntries(rows.map((row) => [row["status"], row["count"]]));
    },
    async reasons(flow) {
      const rows = await database.sql`
        select payload->>'n' as n, error_message from processing_queue
        where flow_name = ${flow} and status = 'failed' order by id`;
      return Object.fromEntries(rows.map((row) => [row["n"], row["error_message"]]));
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}
