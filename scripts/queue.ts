#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=queue --allow-read=${PWD},${HOME}/.local/state/opsdeck
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
import type { MonitoringReport } from "../lib/queue/mod.ts";

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
      description: "Where the records are",
      defaultText: "standard input",
    },
    format: {
      type: "string",
      choices: ["csv", "json", "ndjson"],
      description: "Their format",
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
  async run(options, context) {
    const queue = await library();
    await using input = await queue.openInput(options, context.signal);
    await using database = queue.openQueueDatabase({
      flowName: options.flow,
      applicationName: "opsdeck queue add",
      notice: (text) => context.note(text),
    });
    using progress = context.progress({ label: "Adding" });
    const rejections = queue.createRejectionReport((text) => context.warn(text));
    const counts = await queue.addRecordStream(database, options.flow, input.items, {
      ...queue.toAddOptions(options),
      allOrNothing: options.allOrNothing,
      dryRun: options.dryRun,
      signal: context.signal,
      onRejected: rejections.report,
      onProgress: (count) => progress.advance(count, input.percentText()),
    });
    progress[Symbol.dispose]();
    rejections.finish();
    context.result(
      { flow_name: options.flow, ...counts },
      () => queue.addedText(options.flow, counts, options.dryRun),
    );
    return counts.rejected === 0 ? 0 : 1;
  },
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
  async run(options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({
      flowName: options.flow,
      notice: (text) => context.note(text),
    });
    const archived = options.archived
      ? await queue.readArchiveCounts(database, options.flow)
      : undefined;
    if (options.flow !== undefined) await queue.checkFlowIsKnown(database, options.flow);
    const report = await new queue.DistributedProcessor(database).getQueueStatus(options.flow);
    context.result(
      archived === undefined ? report : { ...report, archived },
      () =>
        archived === undefined
          ? queue.statusText(report)
          : `${queue.statusText(report)}\n\n${queue.archiveCountsText(archived)}`,
    );
  },
});

const health = defineCommand({
  summary: "Check the databases and the queue; exit code 1 when unhealthy",
  options: {},
  examples: ["", "--json"],
  permissions: async () => await (await library()).queuePermissions({ usesSource: true }),
  async run(_options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({ notice: (text) => context.note(text) });
    await using source = queue.openSourceDatabase();
    const report = await new queue.DistributedProcessor(database, source).healthCheck();
    context.result(report, () => queue.healthText(report));
    return report.status === "unhealthy" ? 1 : 0;
  },
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
  async run(options, context) {
    const queue = await library();
    const settings = queue.queueSettings(options.flow);
    await using database = queue.openQueueDatabase({
      flowName: options.flow,
      notice: (text) => context.note(text),
    });
    if (options.flow !== undefined) await queue.checkFlowIsKnown(database, options.flow);
    const timeoutHours = options.timeoutHours ?? settings.cleanupTimeoutHours;
    const limits = {
      maxRetries: options.maxRetries ?? settings.maxRetries,
      ...(options.flow === undefined ? {} : { flowName: options.flow }),
    };
    const processor = new queue.DistributedProcessor(database);
    const counts = options.dryRun
      ? await processor.countOrphans(timeoutHours, limits)
      : await processor.cleanupOrphans(timeoutHours, limits);
    const cleaned = counts.requeued + counts.failed;
    context.result(
      { cleaned, ...counts, dry_run: options.dryRun },
      () => queue.cleanupText(counts, options.dryRun),
    );
  },
});

const reset = defineCommand({
  summary: "Give failed records of a flow another chance",
  positionals: "[ID …]",
  options: { flow: requiredFlow, maxRetries, dryRun },
  examples: ["--flow survey_processor", "--flow survey_processor 4711 4712 --max-retries 10"],
  permissions: async (options) =>
    await (await library()).queuePermissions({ flowName: options.flow }),
  async run(options, context) {
    const queue = await library();
    const ids = queue.parseRecordIds(context.positionals);
    const limit = options.maxRetries ?? queue.queueSettings(options.flow).maxRetries;
    await using database = queue.openQueueDatabase({
      flowName: options.flow,
      notice: (text) => context.note(text),
    });
    await queue.checkFlowIsKnown(database, options.flow);
    const processor = new queue.DistributedProcessor(database);
    const report = await processor.resetReport(options.flow, limit, {
      ids,
      dryRun: options.dryRun,
    });
    context.result(report, () => queue.resetText(report));
    return report.not_reset.length > 0 ? 1 : 0;
  },
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
  async run(options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({
      flowName: options.flow,
      notice: (text) => context.note(text),
    });
    if (options.flow !== undefined) await queue.checkFlowIsKnown(database, options.flow);
    const records = await queue.readFailedRecords(database, {
      limit: options.limit,
      ...(options.flow === undefined ? {} : { flowName: options.flow }),
      ...(options.before === undefined ? {} : { beforeId: options.before }),
    });
    context.result(records, () => queue.failedText(records, options));
  },
});

const migrate = defineCommand({
  summary: "Create or update the queue's tables",
  options: { dryRun },
  examples: ["", "--dry-run"],
  permissions: async () => await (await library()).queuePermissions({}),
  async run(options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({ notice: (text) => context.note(text) });
    const report = await queue.migrateQueue(database, options.dryRun, context.signal);
    context.result(report, () => queue.migrateText(report));
  },
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
        "Append them to FILE as NDJSON before they leave; it needs --allow-write=FILE. " +
        "After an interruption, run the same line again: no record is lost or written twice",
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
  async run(options, context) {
    const queue = await library();
    const { olderThan, flow: flowName, status, purge, dryRun } = options;
    if (purge && !dryRun) {
      const what = `what is that old${flowName === undefined ? "" : ` of ${flowName}`}`;
      await queue.checkPurgeIsWanted({ ...options, what, ...context });
    }
    await using database = queue.openQueueDatabase({
      flowName,
      applicationName: "opsdeck queue archive",
      notice: (text) => context.note(text),
    });
    using progress = context.progress({ label: purge ? "Purging" : "Archiving" });
    const report = await queue.archiveRecords(database, {
      olderThanMs: olderThan,
      flowName,
      status: queue.archiveStatuses.find((one) => one === status) ?? "all",
      exportPath: options.export,
      purge,
      dryRun,
      batchSize: options.batchSize,
      signal: context.signal,
      onProgress: (count) => progress.advance(count),
    });
    progress[Symbol.dispose]();
    context.result(report, () => queue.archiveText(report, purge));
  },
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
  async run(options, context) {
    const queue = await library();
    const address = options.listen === undefined
      ? undefined
      : queue.parseListenAddress(options.listen);
    const orphanTimeoutMs = queue.queueSettings().cleanupTimeoutHours * 3_600_000;
    await using database = queue.openQueueDatabase({
      applicationName: "opsdeck queue metrics",
      notice: (text) => context.note(text),
    });
    if (address === undefined) {
      const numbers = await queue.readQueueMetrics(database, orphanTimeoutMs, context);
      context.result(
        numbers,
        () => queue.prometheusText(queue.queueMetricFamilies(numbers)).trimEnd(),
      );
      return;
    }
    const served = await queue.serveQueueMetrics(database, {
      address,
      orphanTimeoutMs,
      signal: context.signal,
      onListen: (url) => context.note(`Serving the queue's metrics at ${url}`),
    });
    context.result(served, () => `Answered ${served.scrapes} scrapes, ${served.failures} in vain`);
  },
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
  async run(options, context) {
    const queue = await library();
    const intervalMs = queue.watchInterval(options);
    await using database = queue.openQueueDatabase({
      applicationName: "opsdeck queue monitor",
      notice: (text) => context.note(text),
    });
    const read = (signal: AbortSignal) =>
      queue.distributedQueueMonitoring({
        database,
        includeDetailedMetrics: options.detailed,
        timeoutHours: options.timeoutHours ?? queue.queueSettings().cleanupTimeoutHours,
        signal,
      });
    const text = (report: MonitoringReport) => queue.monitoringText(report, context.color);
    if (intervalMs === undefined) {
      const report = await read(context.signal);
      context.result(report, () => text(report));
      return;
    }
    await queue.watchReport({
      intervalMs,
      rows: Deno.stdout.isTerminal() ? () => Deno.consoleSize().rows : undefined,
      signal: context.signal,
      read,
      text,
      print: (report, text) => context.line(report, text),
      onTrouble: (error) => context.warn(error.message),
    });
  },
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
  async run(options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({
      applicationName: "opsdeck queue diagnose",
      notice: (text) => context.note(text),
    });
    const report = await queue.distributedProcessingDiagnostics({
      database,
      includeOrphanedAnalysis: options.orphaned,
      includePerformanceAnalysis: options.performance,
      limits: {
        timeoutHours: options.timeoutHours ?? queue.queueSettings().cleanupTimeoutHours,
        ...(options.snapshotAge === undefined ? {} : { snapshotAgeMs: options.snapshotAge }),
      },
      signal: context.signal,
    });
    context.result(report, () => queue.diagnosticsText(report, context.color));
  },
});

const performance = defineCommand({
  summary: "Measure what was processed in the last hours, how fast, and what failed",
  options: {
    hours: { type: "integer", min: 1, max: 8784, default: 24, description: "The window, in hours" },
    errors: { type: "boolean", description: "Group the failures by their reasons" },
  },
  examples: ["", "--hours 6 --errors"],
  permissions: async () => await (await library()).queuePermissions({}),
  async run(options, context) {
    const queue = await library();
    await using database = queue.openQueueDatabase({
      applicationName: "opsdeck queue performance",
      notice: (text) => context.note(text),
    });
    const report = await queue.processingPerformanceMonitoring({
      database,
      timeWindowHours: options.hours,
      includeErrorAnalysis: options.errors,
      signal: context.signal,
    });
    context.result(report, () => queue.performanceText(report, context.color));
  },
});

export const script: Script = {
  name: "queue",
  summary: "The operator's commands on the record queue",
  permissions: [
    "network: the queue's database, wherever the configuration says it is",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
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
