/** Sending the requests of a file, each of them once over all runs. */

import type { OpsdeckError } from "../../core/mod.ts";
import type { BatchResult, SettledRequest } from "../batcher/batch_result.ts";
import { dispatchRequests } from "../batcher/dispatch_requests.ts";
import { concurrencyRange, requireWhole } from "../batcher/require_whole.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { isRead } from "../client/jira_request.ts";
import { checkContents } from "./check_contents.ts";
import type { FileRequest } from "./request_file.ts";
import type { RunJournal, RunState, RunStates } from "./run_journal.ts";

/** How requests are run. */
export interface RunOptions {
  /** What earlier runs have done, and where this one notes what it does. */
  journal: RunJournal;
  /** Sends writes again that may have been done. Defaults to false. */
  retryUncertain?: boolean | undefined;
  /** The most requests at once, from 1 to 1000. Defaults to 10. */
  maxConcurrent?: number | undefined;
  /** Aborted to send nothing more and finish what is on its way. */
  signal?: AbortSignal | undefined;
  /**
   * Hears of every request that this run sent or could not send, as they end. It gives false when
   * nobody took the result: a read is then asked again by the next run.
   */
  onResult?: ((request: FileRequest, result: BatchResult) => boolean | void) | undefined;
}

/** What a run did. */
export interface RunSummary {
  /** Requests of the file. */
  total: number;
  /** Those that earlier runs have done. */
  already_done: number;
  /** Those that Jira answered with 2xx in this run. */
  succeeded: number;
  /** Those that were refused or could not be sent. */
  failed: number;
  /** Of these, writes that may have been done by an earlier sending, whatever the repetition met. */
  still_uncertain: number;
  /** Writes that may have been done, in this run or in an earlier one. */
  uncertain: number;
  /** Those that a stop left out. */
  cancelled: number;
}

/** What is to be done with a request. */
export type RunStep = "send" | "done" | "uncertain";

/** Says what a run would do with a request, by what is known of it. */
export function runStep(request: FileRequest, states: RunStates, retryUncertain = false): RunStep {
  const kind = states.get(request.key)?.kind;
  if (kind === undefined) return "send";
  return kind === "uncertain" && retryUncertain ? "send" : kind;
}

/**
 * Sends the requests that no earlier run has done, and notes in the journal what becomes of each.
 *
 * Before a write is sent the intent is on the disk, so that after a crash it is known which writes
 * may have been done: they are reported as `uncertain`, and sent again only with `retryUncertain`.
 *
 * @throws ValidationError when an earlier run sent other content under one of the ids, or
 * `maxConcurrent` is out of its range; nothing is sent then.
 * @throws FileOperationError when the journal cannot be written; nothing more is sent then.
 */
export async function runRequests(
  client: JiraClient,
  requests: readonly FileRequest[],
  options: RunOptions,
): Promise<{ summary: RunSummary; failures: OpsdeckError[] }> {
  const { journal, maxConcurrent = 10, onResult } = options;
  requireWhole("run the requests", "maxConcurrent", maxConcurrent, concurrencyRange);
  checkContents(requests, journal.states);
  const counts = { succeeded: 0, failed: 0, uncertain: 0, cancelled: 0 };
  let still_uncertain = 0;
  const failures: OpsdeckError[] = [];
  const due: FileRequest[] = [];
  for (const request of requests) {
    const step = runStep(request, journal.states, options.retryUncertain);
    if (step === "send") due.push(request);
    if (step !== "uncertain") continue;
    counts.uncertain++;
    onResult?.(request, leftUncertain(request, journal.states.get(request.key)));
  }

  const sent = new Set<number>();
  await dispatchRequests(client, due, {
    maxConcurrent,
    signal: options.signal,
    beforeSend: async (index) => {
      const request = due[index];
      if (request === undefined || isRead(request)) return;
      await journal.intend(request);
      sent.add(index);
    },
    onSettled: async (index, settled: SettledRequest) => {
      const request = due[index];
      if (request === undefined) return;
      const earlier = journal.states.get(request.key);
      const isStillUncertain = earlier?.kind === "uncertain" && settled.result.outcome === "failed";
      const result = isStillUncertain ? withDoubt(settled.result, earlier) : settled.result;
      counts[result.outcome]++;
      if (isStillUncertain) still_uncertain++;
      if (settled.failure !== undefined) failures.push(settled.failure);
      // A write is noted at once; the answer to a read is nowhere but in what is reported.
      if (!isRead(request)) await note(journal, request, result, sent.has(index));
      const isTaken = onResult?.(request, result) !== false;
      if (isRead(request) && isTaken) await note(journal, request, result, false);
    },
  });
  const already_done = requests.length - Object.values(counts).reduce((sum, n) => sum + n, 0);
  return {
    summary: { total: requests.length, already_done, ...counts, still_uncertain },
    failures,
  };
}

async function note(
  journal: RunJournal,
  request: FileRequest,
  { outcome, data }: BatchResult,
  wasIntended: boolean,
): Promise<void> {
  if (outcome === "succeeded") await journal.finish(request, data);
  else if (outcome === "uncertain" || !wasIntended) return;
  // What an earlier run may have done stays open, whatever the answer to the repetition is.
  else if (journal.states.get(request.key)?.kind !== "uncertain") {
    await journal.undo(request);
  }
}

/** What a repetition met says nothing of the first sending. */
function withDoubt(result: BatchResult, { at }: RunState): BatchResult {
  return {
    ...result,
    error: `${result.error}; the sending at ${at} may have been done all the same`,
  };
}

function leftUncertain({ method, endpoint }: FileRequest, state: RunState | undefined) {
  const result: BatchResult = {
    success: false,
    data: null,
    error: `Cannot tell whether ${method} ${endpoint} was done, as no answer is known to the ` +
      `sending at ${state?.at}; ` +
      "look in Jira, then delete the line or run again with --retry-uncertain",
    duration_ms: 0,
    status: null,
    attempts: 0,
    outcome: "uncertain",
  };
  return result;
}
