/** What `download-files` and `restore-files` do alike: ids in, a question, the work, a report out. */

import type { ScriptContext } from "../core/command_line/mod.ts";
import { confirmRequests } from "./confirm_requests.ts";
import {
  type AnyOutcome,
  exitCodeOfOutcomes,
  type FileReport,
  fileReport,
  fileReportText,
  type FileWorkOptions,
} from "./files/mod.ts";
import { openRequestManager } from "./open_request_manager.ts";
import { readIds } from "./read_ids.ts";
import type { RequestManager } from "./request_manager.ts";

/** The flags that both scripts have. */
export interface FileJobFlags {
  /** The file of ids. */
  file?: string | undefined;
  /** Do not ask. */
  yes: boolean;
  /** Change nothing. */
  dryRun: boolean;
  /** Replace different files. */
  force: boolean;
  /** Compare contents. */
  verify: boolean;
  /** How many requests are under way at once. */
  concurrency?: number | undefined;
  /** Trust servers of which no host key is known. */
  acceptNewHostKey: boolean;
}

/** What is done with the files. */
export interface FileJob<Outcome extends AnyOutcome> {
  /** For the question and the report. */
  action: FileReport["action"];
  /** Does it, and tells what became of each request. */
  work(
    manager: RequestManager,
    ids: readonly number[],
    options: FileWorkOptions,
  ): Promise<Map<number, Outcome>>;
}

const verbs = { download: "Download", restore: "Restore" } as const;

/**
 * Reads the ids, asks when they are many, does the work, and prints its report.
 *
 * @returns the exit code, as `exitCodeOfOutcomes` gives it
 * @throws ValidationError when there are no ids, one is none, or the answer was no.
 * @throws DatabaseConnectionError when the requests cannot be read.
 */
export async function runFileJob<Outcome extends AnyOutcome>(
  flags: FileJobFlags,
  context: ScriptContext,
  { action, work }: FileJob<Outcome>,
): Promise<number> {
  const { dryRun, force, verify, concurrency, acceptNewHostKey } = flags;
  const { signal, note, verbose } = context;
  const startedAt = performance.now();
  const ids = await readIds(context.positionals, flags.file, "request id");
  await confirmRequests({ ...flags, ...context, verb: verbs[action] })(new Set(ids).size);
  await using manager = openRequestManager({ acceptNewHostKey, notice: note, signal });
  const outcomes = await work(manager, ids, {
    force,
    verify,
    dryRun,
    maxConcurrent: concurrency,
    stopSignal: signal,
  });
  const report = fileReport(action, outcomes, { dryRun, startedAt });
  context.result(report, () => fileReportText(report, verbose));
  return exitCodeOfOutcomes(outcomes.values());
}
