#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=claim-batch --allow-read=${PWD},${HOME}/.local/state/opsdeck/standard,${HOME}/.local/state/opsdeck/postgresql.json --allow-write=${HOME}/.local/state/opsdeck/standard
/**
 * The worker: claims queued records of a flow, runs a handler on each, stores what became of them.
 * Network for the queue's database; reads the caller's folder (handlers, files); writes journals.
 * A program for --exec needs a permission of its own: --print-permissions prints the line.
 *
 * Example: claim-batch --flow survey_processor --handler handler.ts --drain
 */

import {
  countOf,
  defineCommand,
  formatCount,
  runScript,
  type Script,
  type ScriptContext,
} from "../lib/core/command_line/mod.ts";

const options = {
  flow: { type: "string", placeholder: "NAME", required: true, description: "The flow to work on" },
  handler: {
    type: "string",
    placeholder: "FILE",
    description: "TypeScript file whose default export processes a record",
  },
  exec: {
    type: "string",
    placeholder: "COMMAND",
    description: "Program that reads a JSON record a line and answers a JSON line",
  },
  once: { type: "boolean", description: "Process one batch, then end (the default)" },
  drain: { type: "boolean", description: "Go on until no record can be claimed" },
  watch: { type: "boolean", description: "Go on until stopped, woken by new records" },
  batchSize: {
    type: "integer",
    min: 1,
    max: 10_000,
    description: "Records claimed at a time",
    defaultText: "100",
    configKey: "DISTRIBUTED_BATCH_SIZE, DEFAULT_BATCH_SIZE",
  },
  concurrency: {
    type: "integer",
    min: 1,
    max: 1000,
    default: 1,
    description: "Records processed at once",
  },
  limit: { type: "integer", min: 1, description: "Records in all", defaultText: "no limit" },
  rate: {
    type: "number",
    min: 0.001,
    description: "Records started a second",
    defaultText: "no limit",
  },
  recordTimeout: {
    type: "duration",
    default: 900_000,
    description: "The longest that one record may take",
  },
  grace: {
    type: "duration",
    description: "How long a stop waits for records in hand; then they are given back",
    defaultText: "till they are done",
  },
  autoRetry: {
    type: "boolean",
    description: "Send failed records back with growing waits, until MAX_RETRIES",
    configKey: "AUTO_RETRY",
  },
  retryDelay: {
    type: "duration",
    default: 60_000,
    description: "With --auto-retry, the wait after the first failure; it doubles each time",
  },
  file: {
    type: "string",
    placeholder: "FILE",
    description: "Records for standard processing, without the queue; - is standard input",
    defaultText: "standard input",
  },
  fallbackStandard: {
    type: "boolean",
    description: "Process --file without the queue when its database is down",
  },
  dryRun: { type: "boolean", description: "Say what would be claimed, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Claim queued records of a flow and process them",
  options,
  examples: [
    "--flow survey_processor --handler handler.ts --drain --concurrency 8",
    "--flow survey_processor --exec 'python3 handler.py' --watch",
  ],
  async permissions(options) {
    const { queuePermissions, queueSettings } = await import("../lib/queue/mod.ts");
    const { useDistributedProcessing } = queueSettings(options.flow);
    return await queuePermissions({
      flowName: options.flow,
      handler: options.handler,
      exec: options.exec,
      files: [options.file],
      usesQueue: useDistributedProcessing || options.dryRun,
      mayKeepJournal: options.fallbackStandard || !useDistributedProcessing,
    });
  },
  async run(options, context) {
    const queue = await import("../lib/queue/mod.ts");
    const mode = queue.chooseMode(options);
    if (options.dryRun) return await preview(options.flow, context);
    using progress = context.progress({ label: `Processing ${options.flow}` });
    const done = await queue.runWorkerJob(
      {
        ...options,
        mode,
        ratePerSecond: options.rate,
        recordTimeoutMs: options.recordTimeout,
        retryDelayMs: options.retryDelay,
        graceMs: options.grace,
      },
      {
        signal: context.signal,
        notice: (text) => context.note(text),
        onRecord: () => progress.advance(1),
        onProcessor: (processor) =>
          context.onStopAtOnce(() => queue.leftBehindText(processor, options.flow)),
      },
    );
    progress[Symbol.dispose]();
    context.result(done.summary, () => queue.workerSummaryText(done));
    return queue.isFlawless(done) ? 0 : 1;
  },
});

async function preview(flow: string, context: ScriptContext): Promise<void> {
  const queue = await import("../lib/queue/mod.ts");
  await using database = queue.openQueueDatabase({ flowName: flow });
  await queue.checkFlowIsKnown(database, flow);
  const { due, scheduled } = await queue.countPending(database, flow);
  const later = scheduled === 0 ? "" : `, not on ${formatCount(scheduled)} scheduled for later`;
  context.result(
    {
      flow_name: flow,
      pending_records: due + scheduled,
      due_records: due,
      scheduled_records: scheduled,
      dry_run: true,
    },
    () => `Would work on ${countOf(due, "due record")} of ${flow}${later}; changed nothing`,
  );
}

export const script: Script = {
  name: "claim-batch",
  summary: command.summary,
  permissions: [
    "network: the queue's database, wherever the configuration says it is",
    "read: the folder it is run from, and of ~/.local/state/opsdeck standard and postgresql.json",
    "write: ~/.local/state/opsdeck/standard (journals of standard processing)",
    "env: opsdeck's own settings; sys: the host's name",
    "run: nothing; --exec needs --allow-run=PROGRAM (see --print-permissions)",
  ],
  command,
  explain: async (error) => (await import("../lib/queue/mod.ts")).explainQueueError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
