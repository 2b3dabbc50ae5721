/** Standard processing: records straight from an input, without the queue. */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { Journal, opsdeckHome, ValidationError } from "../core/mod.ts";
import { exactJsonText } from "../database/mod.ts";
import { isPayload } from "./json_text.ts";
import { orStopped } from "./or_stopped.ts";
import { createPace } from "./pace.ts";
import { processRecordWithStatus } from "./process_record.ts";
import { checkFlowName } from "./queue_checks.ts";
import type { Payload } from "./queue_record.ts";
import type { RecordHandler } from "./record_handler.ts";

/** How to process records without the queue. */
export interface StandardOptions {
  /** Records at once. Defaults to 1. */
  concurrency?: number;
  /** Records started a second; without it, no limit. */
  ratePerSecond?: number;
  /** The longest that a record may take, in milliseconds; without it, no limit. */
  recordTimeoutMs?: number;
  /** Records in all, those done by an earlier run not counted. */
  limit?: number;
  /** Aborted to start no more records and finish those in hand. */
  signal?: AbortSignal;
  /** Where finished records are noted, so that the next run passes them over. */
  journalPath?: string;
  /**
   * Asked at the end of the input whether it was read as it should be; the journal is kept when it
   * was not, as the input is to be mended and run again. Defaults to yes.
   */
  isInputSound?: () => boolean;
  /** Hears of every record that failed: its number in the input, and why. */
  onFailed?: (recordNumber: number, error: string) => void;
  /** Hears of every record that is done. */
  onRecord?: () => void;
}

/** What standard processing did. */
export interface StandardSummary {
  /** The flow. */
  flow_name: string;
  /** Records whose handler gave a result. */
  completed: number;
  /** Records whose handler threw. */
  failed: number;
  /** Done by an earlier, interrupted run. */
  skipped: number;
  /** How long it all took. */
  duration_ms: number;
  /** Completed and failed records a second. */
  records_per_second: number;
}

/**
 * Gives the journal of a flow's standard runs on an input, under `OPSDECK_HOME`. Each file, by its
 * whole path, has one of its own; without a path, standard input has one for the flow.
 */
export function standardJournalPath(flowName: string, inputPath?: string): string {
  const name = flowName.replace(/[^\w.-]/g, "_");
  const key = inputPath === undefined ? flowName : `${flowName}\0${inputPath}`;
  return join(opsdeckHome(), "standard", `${name}.${digest(key).slice(0, 8)}.journal`);
}

/**
 * Runs the handler on every record of an input, in order of starting. Nothing is claimed and no
 * other worker knows: one process does it all.
 *
 * With `journalPath`, every completed record is noted, and a run after an interruption or after
 * failures passes over what is done already. Equal records are told apart by their count. The
 * journal is emptied when all records of a sound input are completed.
 *
 * @throws HandlerBrokenError when the handler cannot work; FileOperationError for the journal.
 */
export async function processStandard(
  flowName: string,
  records: AsyncIterable<Payload> | Iterable<Payload>,
  handler: RecordHandler,
  options: StandardOptions = {},
): Promise<StandardSummary> {
  checkFlowName(flowName);
  const startedAt = performance.now();
  const summary = { completed: 0, failed: 0, skipped: 0 };
  const signal = options.signal ?? new AbortController().signal;
  const pace = createPace(options.ratePerSecond);
  await using journal = options.journalPath === undefined
    ? undefined
    : await openJournal(options.journalPath);
  const done = new Set(journal?.entries());
  const source = numbered(records, done, () => summary.skipped++);
  let isBroken = false;
  let isAtEnd = false;
  let taken = 0;

  const lane = async (): Promise<void> => {
    while (!signal.aborted && !isBroken && taken < (options.limit ?? Infinity)) {
      const isPaced = await pace.next(signal).then(() => true, () => false);
      if (!isPaced) return;
      taken++;
      const next = await orStopped(source.next(), signal);
      if (next === undefined) return;
      if (next.done) {
        isAtEnd = true;
        return;
      }
      const { number, key, payload } = next.value;
      const outcome = await processRecordWithStatus(
        toRecord(flowName, number, payload),
        handler,
        {
          retries: 0,
          ...(options.recordTimeoutMs === undefined ? {} : { timeoutMs: options.recordTimeoutMs }),
        },
      );
      if (outcome.error === null) {
        await journal?.append(key);
        summary.completed++;
      } else {
        summary.failed++;
        options.onFailed?.(number, outcome.error);
      }
      options.onRecord?.();
    }
  };
  const lanes = Array.from({ length: options.concurrency ?? 1 }, () =>
    lane().catch((error) => {
      isBroken = true;
      throw error;
    }));
  const outcomes = await Promise.allSettled(lanes);
  await source.return(undefined);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  const isWhole = isAtEnd && summary.failed === 0 && (options.isInputSound?.() ?? true);
  if (isWhole && !signal.aborted) await journal?.rewrite([]);

  const duration_ms = Math.round(performance.now() - startedAt);
  const count = summary.completed + summary.failed;
  const rate = duration_ms === 0 ? 0 : Math.round((count / duration_ms) * 10_000) / 10;
  return { flow_name: flowName, ...summary, duration_ms, records_per_second: rate };
}

interface NumberedRecord {
  number: number;
  key: string;
  payload: Payload;
}

// Async generators queue their callers, so that several lanes may take from one.
async function* numbered(
  records: AsyncIterable<Payload> | Iterable<Payload>,
  done: ReadonlySet<string>,
  onSkipped: () => void,
): AsyncGenerator<NumberedRecord, void, undefined> {
  const seen = new Map<string, number>();
  let number = 0;
  for await (const payload of records) {
    number++;
    const hash = digest(exactJsonText(payload) ?? JSON.stringify(payload));
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    const key = `${hash}#${count}`;
    if (done.has(key)) onSkipped();
    else yield { number, key, payload };
  }
}

function toRecord(flowName: string, number: number, payload: Payload) {
  if (!isPayload(payload)) {
    throw new ValidationError(`Cannot process record ${number} as it must be a JSON object`);
  }
  return {
    id: number,
    flow_name: flowName,
    payload,
    retry_count: 0,
    priority: 0,
    created_at: new Date(),
    flow_instance_id: "",
  };
}

async function openJournal(path: string): Promise<Journal<string>> {
  await Deno.mkdir(dirname(path), { recursive: true });
  return await Journal.open(path, (value) => {
    if (typeof value === "string") return value;
    throw new ValidationError(`Cannot read the journal "${path}": an entry is not a text`);
  });
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
