#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=database -R=${PWD},${HOME}/.local/state/opsdeck,${HOME}/.cache/deno,${HOME}/Library/Caches/deno -W=${HOME}/.local/state/opsdeck --allow-run=${HOME}/.local/state/opsdeck/postgresql/18/bin/pg_ctl
/**
 * Starts and stops the embedded PostgreSQL, which is left running between scripts.
 *
 * Alone of all scripts it reads the package cache, for the server's programs, and runs them. For
 * root, who runs them as the user nobody in /var/lib/opsdeck, use the task, which allows that
 * folder too. Example: deno task db:start
 */

import {
  defineCommand,
  howToStart,
  runScript,
  type Script,
  type ScriptContext,
} from "../lib/core/command_line/mod.ts";
import type { EmbeddedServer, EmbeddedWork } from "../lib/database/embedded/mod.ts";

function library() {
  return import("../lib/database/embedded/mod.ts");
}

function may(work: EmbeddedWork) {
  return async ({ dryRun = false }: { dryRun?: boolean }) =>
    (await library()).embeddedPermissions(dryRun ? "look" : work);
}

const dryRun = {
  type: "boolean",
  description: "Say what would be done, and change nothing",
} as const;

const start = defineCommand({
  summary: "Start the embedded PostgreSQL, making it first if need be",
  options: { dryRun },
  examples: ["", "--json"],
  permissions: may("start"),
  async run({ dryRun }, context) {
    await (dryRun ? planStart(context) : startServer(context));
  },
});

const stop = defineCommand({
  summary: "Stop the embedded PostgreSQL; its data stays",
  options: {
    mode: {
      type: "string",
      description: "smart waits for clients to leave, fast sends them away, immediate is a crash",
      choices: ["smart", "fast", "immediate"],
      default: "fast",
    },
    dryRun,
  },
  examples: ["", "--mode immediate"],
  permissions: may("stop"),
  async run({ mode, dryRun }, { signal, result }) {
    const { embeddedStatus, stopEmbedded } = await library();
    if (dryRun) {
      const { running } = await embeddedStatus({ signal });
      return result(
        { dry_run: true, would_stop: running },
        () => running ? "PostgreSQL would be stopped" : "PostgreSQL is not running",
      );
    }
    const { stopped } = await stopEmbedded({ mode: stopMode(mode), signal });
    result({ stopped }, () => stopped ? "PostgreSQL stopped" : "PostgreSQL was not running");
  },
});

const status = defineCommand({
  summary: "Tell whether the embedded PostgreSQL runs, and where; exit code 1 when it does not",
  options: {},
  examples: ["", "--json"],
  permissions: may("look"),
  async run(_options, { signal, result }) {
    const { embeddedStatus } = await library();
    const { running, server } = await embeddedStatus({ signal });
    result(
      { running, ...(server === null ? {} : report(server)) },
      () =>
        server === null
          ? `PostgreSQL is not running; start it with: ${howToStart("db:start", "database start")}`
          : describe(server, "is running"),
    );
    return running ? 0 : 1;
  },
});

const ensure = defineCommand({
  summary: "Start the embedded PostgreSQL if a database is not configured; says nothing if it runs",
  positionals: "[DATABASE]",
  options: { dryRun },
  examples: ["", "SurveyHub --json"],
  permissions: may("start"),
  // Its task would refuse the caller's task again.
  afterRefusal: "then run your own command not as a task but by its script, " +
    "with the line that scripts/NAME.ts … --print-permissions gives",
  async run({ dryRun }, context) {
    const database = await databaseName(context.positionals);
    const reason = await whyNotNeeded(`${database.toUpperCase()}_CONNECTION_STRING`);
    if (dryRun) return await planStart(context, reason);
    if (reason === undefined) return await startServer(context, { isQuiet: true });
    // A task that depends on this one has stdout for itself.
    if (context.json) context.result({ running: null, started: false, reason }, () => "");
  },
});

async function databaseName([name = "rpa_db", ...more]: readonly string[]): Promise<string> {
  const { ValidationError } = await import("../lib/core/mod.ts");
  if (more.length > 0) {
    throw new ValidationError(`unexpected argument "${more[0]}"`, { code: "USAGE" });
  }
  if (name === "rpa_db" || name === "SurveyHub") return name;
  throw new ValidationError(
    `unknown database "${name}"; databases are rpa_db and SurveyHub`,
    { code: "USAGE" },
  );
}

async function whyNotNeeded(key: string): Promise<string | undefined> {
  const { ConfigManager } = await import("../lib/core/mod.ts");
  const config = new ConfigManager();
  // Looking at the name is enough: the string itself is a secret.
  const source = config.candidates(key).map((name) => `${name}_FILE`)
    .find((name) => (Deno.env.get(name) ?? "") !== "") ?? config.lookup(key)?.source;
  if (source !== undefined) return `${source} names the database`;
  if (config.environment === "development") return undefined;
  return `the embedded database is for development, and ENVIRONMENT is ${config.environment}`;
}

/** Says what starting would do; `reason` is why nothing would be started, whatever runs. */
async function planStart({ signal, result }: ScriptContext, reason?: string): Promise<void> {
  const plan = { dry_run: true, would_start: false };
  if (reason !== undefined) {
    return result({ ...plan, reason }, () => `PostgreSQL would not be started as ${reason}`);
  }
  const { server } = await (await library()).embeddedStatus({ signal });
  if (server === null) {
    result({ ...plan, would_start: true }, () => "PostgreSQL would be started");
  } else result({ ...plan, ...report(server) }, () => describe(server, "is running already"));
}

async function startServer(context: ScriptContext, { isQuiet = false } = {}): Promise<void> {
  const { startEmbedded } = await library();
  const { started, ...server } = await startEmbedded({ signal: context.signal });
  const text = describe(server, started ? "started" : "is running already");
  if (context.json) context.result({ running: true, started, ...report(server) }, () => text);
  else if (!isQuiet) context.result(null, () => text);
  else if (started) context.note(text);
}

function report({ host, port, username, dataDirectory, pid, version }: EmbeddedServer) {
  return { host, port, username, dataDirectory, pid, version };
}

function describe({ version, host, port, pid, dataDirectory }: EmbeddedServer, what: string) {
  return `PostgreSQL ${version} ${what} on ${host}:${port} (process ${pid}, data in ${dataDirectory})`;
}

function stopMode(mode: string): "smart" | "fast" | "immediate" {
  return mode === "smart" || mode === "immediate" ? mode : "fast";
}

export const script: Script = {
  name: "database",
  summary: "Start, stop and find the embedded PostgreSQL of development",
  permissions: [
    "read: the working folder (configuration), opsdeck's state, Deno's package cache",
    "write: opsdeck's state; the task also allows /var/lib/opsdeck, where root has it",
    "run: PostgreSQL's pg_ctl in that folder",
    "net: 127.0.0.1",
    "sys: the user's number, as PostgreSQL does not run as root",
  ],
  commands: { start, stop, status, ensure },
};

if (import.meta.main) await runScript(script, import.meta.url);
