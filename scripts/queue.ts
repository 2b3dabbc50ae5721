#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=queue --allow-read=${PWD},${HOME}/.local/state/opsdeck/postgresql.json
/**
 * The operator's commands on the queue: add records, look at them, mend what went wrong.
 * Network for the queue's database (and the source's, in health); reads the caller's folder.
 *
 * Example: queue add --flow survey_processor --file surveys.csv
 */

import {
  defineCommand,
  type OptionTable,
  runScript,
  type Script,
} from "../lib/core/command_line/mod.ts";

const flow = {
  type: "string",
  placeholder: "NAME",
  description: "Only this flow",
} as const satisfies OptionTable[string];
const requiredFlow = { ...flow, required: true, description: "The flow" } as const;
const dryRun = {
  type: "boolean",
  description: "Say what would change, and change nothing",
} as const;
const maxRetries = {
  type: "integer",
  min: 0,
  max: 1000,
  description: "Records that failed this often in all stay failed",
  defaultText: "3",
  configKey: "MAX_RETRIES",
} as const;

function library() {
  return import("../lib/queue/mod.ts");
}

const add = defineCommand({
  summary: "Add records from CSV, JSON or NDJSON to a flow, in one transaction",
  options: {
    flow: requiredFlow,
    file: {
      type: "string",
      placeholder: "FILE",
      description: "Where the records are; - is standard input",
      defaultText: "standard input",
    },
    format: {
      type: "string",
      choices: ["csv", "json", "ndjson"],
      description: "The format of the records",
      defaultText: "by name, else by the first character",
    },
    priority: {
      type: "integer",
      min: -100,
      max: 100,
      default: 0,
      description: "Lower runs first",
    },
    runAt: {
      type: "string",
      placeholder: "TIME",
      description: "Not before this time (ISO 8601, such as 2026-12-01T02:00:00Z)",
      defaultText: "now",
    },
    dedupeKey: {
      type: "string",
      placeholder: "FIELD",
      description: "Leave out records whose FIELD is that of an unfinished record of the flow",
    },
    allOrNothing: { type: "boolean", description: "Add nothing when a single record is wrong" },
    dryRun,
  },
  examples: [
    "--flow survey_processor --file surveys.csv",
    "--flow survey_processor --dedupe-key survey_id < surveys.ndjson",
  ],
  async permissions(options) {
    return await (await library()).queuePermissions({
      flowName: options.flow,
      files: [options.file],
    });
  },
  run: async (options, context) => await (await library()).runAdd(options, context),
});

const status = defineCommand({
  summary: "Count the records by flow and status",
  options: {
    flow,
    archived: { type: "boolean", description: "Count the archived records too" },
  },
  examples: ["", "--flow survey_processor --json"],
  permissions: async (options) =>
    await (await library()).queuePermissions({ flowName: options.flow }),
  run: async (options, context) => await (await library()).runStatus(options, context),
});

const health = defineCommand({
  summary: "Check the databases and the queue; exit code 1 when unhealthy",
  options: {},
  examples: ["", "--json"],
  permissions: async () => await (await library()).queuePermissions({ usesSource: true }),
  run: async (_options, context) => await (await library()).runHealth(context),
});

const cleanup = defineCommand({
  summary: "Take back records whose worker died or went silent",
  options: {
    flow,
    timeoutHours: {
      type: "number",
      min: 0,
      description: "Hours without a sign of life; 0 takes back all that are processing now",
      defaultText: "1",
      configKey: "CLEANUP_TIMEOUT_HOURS",
    },
    maxRetries,
    dryRun,
  },
  examples: ["", "--timeout-hours 0 --flow survey_processor"],
  permissions: async (options) =>
    await (await library()).queuePermissions({ flowName: options.flow }),
  run: async (options, context) => await (await library()).runCleanup(options, context),
});

const reset = defineCommand({
  summary: "Give failed records of a flow another chance",
  positionals: "[ID …]",
  options: { flow: requiredFlow, maxRetries, dryRun },
  examples: ["--flow survey_processor", "--flow survey_processor 4711 4712 --max-retries 10"],
  permissions: async (options) =>
    await (await library()).queuePermissions({ flowName: options.flow }),
  run: async (options, context) => await (await library()).runReset(options, context),
});

const failed = defineCommand({
  summary: "List failed records with their reasons, newest first",
  options: {
    flow,
    limit: { type: "integer", min: 1, max: 100_000, default: 50, description: "Records at most" },
    before: {
      type: "integer",
      min: 1,
      placeholder: "ID",
      description: "Only records before this id, for the next page",
    },
  },
  examples: ["--flow survey_processor", "--flow survey_processor --limit 1000 --json"],
  permissions: async (options) =>
    await (await library()).queuePermissions({ flowName: options.flow }),
  run: async (options, context) => await (await library()).runFailed(options, context),
});

const migrate = defineCommand({
  summary: "Create or update the queue's tables",
  options: { dryRun },
  examples: ["", "--dry-run"],
  permissions: async () => await (await library()).queuePermissions({}),
  run: async (options, context) => await (await library()).runMigrate(options, context),
});

const archive = defineCommand({
  summary: "Move finished records that are old out of the queue's table",
  options: {
    olderThan: {
      type: "duration",
      required: true,
      description: "The age of the records, such as 30d, from the moment they ended",
    },
    flow,
    status: {
      type: "string",
      choices: ["completed", "failed", "all"],
      default: "all",
      description: "Which finished records; archived ones cannot be reset any more",
    },
    export: {
      type: "string",
      placeholder: "FILE",
      description:
        "Append them to FILE as NDJSON before they leave; it needs --allow-write=FILE; " +
        "after an interruption, run the same line again: no record is lost or written twice",
    },
    purge: {
      type: "boolean",
      description: "Delete what is that old from the archive, in the place of filling it",
    },
    yes: { type: "boolean", description: "Purge without asking" },
    batchSize: {
      type: "integer",
      min: 1,
      max: 10_000,
      default: 1000,
      description: "Records a transaction",
    },
    dryRun,
  },
  examples: ["--older-than 30d", "--older-than 365d --purge --export 2025.ndjson"],
  permissions: async (options) => await (await library()).archivePermissions(options),
  run: async (options, context) => await (await library()).runArchive(options, context),
});

const metrics = defineCommand({
  summary: "Print the queue's numbers for Prometheus, or serve them",
  options: {
    listen: {
      type: "string",
      placeholder: "HOST:PORT",
      description: "Serve them at http://HOST:PORT/metrics until stopped",
      defaultText: "print them once",
    },
  },
  examples: ["", "--listen 127.0.0.1:9187"],
  permissions: async (options) => await (await library()).metricsPermissions(options.listen),
  run: async (options, context) => await (await library()).runMetrics(options, context),
});

const timeoutHours = {
  type: "number",
  min: 0,
  description: "Hours without a sign of life after which a held record is stuck",
  defaultText: "1",
  configKey: "CLEANUP_TIMEOUT_HOURS",
} as const;

const monitor = defineCommand({
  summary: "Show how the queue is: depth, ages, the last day, what is wrong and what mends it",
  options: {
    detailed: { type: "boolean", description: "Add instances, durations and the table's state" },
    timeoutHours,
    watch: { type: "boolean", description: "Show it again and again, in place on a terminal" },
    interval: {
      type: "duration",
      description: "The pause between two reports of --watch, at least 100ms",
      defaultText: "2s",
    },
  },
  examples: ["--watch", "--detailed --json"],
  permissions: async () => await (await library()).queuePermissions({}),
  run: async (options, context) => await (await library()).runMonitor(options, context),
});

const diagnose = defineCommand({
  summary: "Look for what slows or stops the queue, and say what it means and what mends it",
  options: {
    orphaned: { type: "boolean", description: "Add who holds what, and records that come back" },
    performance: { type: "boolean", description: "Add the claim's plan, the table, snapshots" },
    timeoutHours,
    snapshotAge: {
      type: "duration",
      description: "Tell of snapshots that are as old as this",
      defaultText: "1m",
    },
  },
  examples: ["", "--orphaned --performance --json"],
  permissions: async () => await (await library()).queuePermissions({}),
  run: async (options, context) => await (await library()).runDiagnose(options, context),
});

const performance = defineCommand({
  summary: "Measure what was processed in the last hours, how fast, and what failed",
  options: {
    hours: { type: "integer", min: 1, max: 8784, default: 24, description: "The window, in hours" },
    errors: { type: "boolean", description: "Group the failures by their reasons" },
  },
  examples: ["", "--hours 6 --errors"],
  permissions: async () => await (await library()).queuePermissions({}),
  run: async (options, context) => await (await library()).runPerformance(options, context),
});

export const script: Script = {
  name: "queue",
  summary: "The operator's commands on the record queue",
  permissions: [
    "network: the queue's database, wherever the configuration says it is",
    "read: the folder it is run from, and ~/.local/state/opsdeck/postgresql.json",
    "env: opsdeck's own settings; sys: the host's name",
    "write: nothing; archive --export needs --allow-write=FILE (see --print-permissions)",
    "run: nothing",
  ],
  commands: {
    add,
    status,
    health,
    cleanup,
    reset,
    failed,
    migrate,
    monitor,
    diagnose,
    performance,
    archive,
    metrics,
  },
  explain: async (error) => (await library()).explainQueueError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
