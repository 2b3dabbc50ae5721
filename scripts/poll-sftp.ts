#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=poll-sftp --allow-read=${PWD},${HOME}/.local/state/opsdeck --allow-write=${HOME}/.local/state/opsdeck --deny-write=${HOME}/.local/state/opsdeck/postgresql
/**
 * Moves uploaded PDFs on SFTP servers into a day's folder, and tells the document API (or the
 * queue) about them, each exactly once. Network for servers, API and queue; reads the caller's
 * folder (keys, configuration); writes journals and host keys.
 *
 * Example: poll-sftp --project acme --interval 1m
 */

import {
  defineCommand,
  runScript,
  type Script,
  type ScriptContext,
} from "../lib/core/command_line/mod.ts";
import type { FileBatch, PollReport } from "../lib/sftp/mod.ts";

const options = {
  project: {
    type: "strings",
    placeholder: "NAME",
    description: "Project to poll",
    defaultText: "the settings of all, as project global",
  },
  once: { type: "boolean", description: "Make one pass, then end (the default)" },
  interval: { type: "duration", description: "Poll until stopped, with this time between passes" },
  enqueue: {
    type: "string",
    placeholder: "FLOW",
    description: "Add each file to this flow of the queue, instead of calling the API",
  },
  batchSize: {
    type: "integer",
    min: 1,
    max: 1000,
    default: 5,
    description: "Files that go out together, at most",
  },
  uploadedBy: { type: "string", default: "SFTP", description: "Who is said to have uploaded them" },
  source: { type: "string", default: "SFTP", description: "Where they are said to come from" },
  retryFailed: { type: "boolean", description: "Send the batches again that were refused before" },
  forgetFailed: {
    type: "boolean",
    description: "Drop refused batches and claimed files that are gone; no file is touched",
  },
  status: { type: "boolean", description: "Only show what is in hand and what has failed" },
  acceptNewHostKey: {
    type: "boolean",
    description: "Trust servers of which no host key is known, and record their keys",
  },
  dryRun: { type: "boolean", description: "Say what would be claimed, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Claim uploaded PDFs and deliver them to the document API or the queue",
  options,
  examples: ["--project acme", "--project acme --project globex --interval 1m --enqueue documents"],
  async permissions({ project, enqueue, status, acceptNewHostKey }) {
    const { pollPermissions, pollStatusPermissions } = await import("../lib/sftp/mod.ts");
    if (status) return pollStatusPermissions();
    const sftp = pollPermissions({ projects: project, usesApi: !enqueue, acceptNewHostKey });
    if (enqueue === undefined) return sftp;
    const { queuePermissions } = await import("../lib/queue/mod.ts");
    const queue = await queuePermissions({ flowName: enqueue });
    return {
      net: [...sftp.net, ...queue.net],
      read: [...sftp.read, ...queue.read],
      write: sftp.write,
    };
  },
  async run(options, context) {
    const sftp = await import("../lib/sftp/mod.ts");
    sftp.checkPollOptions(options);
    if (options.status) return await showStatus(options.project, context);
    const projects = await sftp.readPollProjects(options.project, {
      usesApi: options.enqueue === undefined,
      overrides: {
        batchSize: options.batchSize,
        uploadedBy: options.uploadedBy,
        source: options.source,
      },
    });
    await using receiver = options.enqueue === undefined
      ? undefined
      : await openQueueReceiver(options.enqueue, context);
    const reports: PollReport[] = [];
    const isRepeated = options.interval !== undefined;
    const code = await sftp.pollProjects(projects, {
      ...options,
      receiver,
      intervalMs: options.interval,
      signal: context.signal,
      notice: context.note,
      onReport(report) {
        if (report.error !== null) context.warn(`${report.project_id}: ${report.error.error}`);
        if (!isRepeated) reports.push(report);
        else if (context.json || !sftp.isQuietPass(report)) {
          context.line(report, () => sftp.pollReportText(report));
        }
      },
    });
    if (!isRepeated) {
      context.result({ projects: reports }, () => reports.map(sftp.pollReportText).join("\n"));
    }
    return code;
  },
});

async function showStatus(projects: readonly string[], context: ScriptContext): Promise<void> {
  const { pollerStatusText, readPollerStatus } = await import("../lib/sftp/mod.ts");
  const statuses = await readPollerStatus(projects);
  context.result({ projects: statuses }, () => pollerStatusText(statuses));
}

/** Adds each file of a batch to a flow, under its claim: exactly once, however often it comes. */
async function openQueueReceiver(flowName: string, { note }: ScriptContext) {
  const queue = await import("../lib/queue/mod.ts");
  const database = queue.openQueueDatabase({ flowName, notice: note });
  return {
    target: `queue:${flowName}`,
    ready: () => queue.checkQueueTakesRecords(database, flowName),
    async deliver({ files, about, mayHaveArrived }: FileBatch) {
      const records = files.map(({ claimId, filename, backupPath }) => ({
        dedupeKey: claimId,
        payload: { ...about, filename, backup_path: backupPath },
      }));
      await queue.addRecordsOnce(database, flowName, records, { mayBeRepeat: mayHaveArrived });
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

export const script: Script = {
  name: "poll-sftp",
  summary: command.summary,
  permissions: [
    "network: the SFTP servers, and the API or the queue's database, as the configuration says",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
    "write: ~/.local/state/opsdeck (journals, host keys) but for postgresql",
    "env: opsdeck's own settings; sys: the host's name",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/queue/mod.ts")).explainQueueError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
