/** The face of the queue for code: claim, complete, fail, add, report, mend. */

import { redact, StaleClaimError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { certainTransaction } from "./certain_transaction.ts";
import { Claimer } from "./claimer.ts";
import { ClaimLedger, type HeldRecord } from "./claim_ledger.ts";
import { forgetClaimFloors } from "./claim_floors.ts";
import { checkCleanup, cleanupOrphans } from "./cleanup_orphans.ts";
import { type BatchOutcome, endClaims } from "./end_claims.ts";
import {
  type AddOptions,
  chunksOf,
  insertChunks,
  prepareRecords,
  withFirstNow,
} from "./enqueue_records.ts";
import {
  completeRecords,
  failRecords,
  heartbeatRecords,
  type RecordCompletion,
  type RecordFailure,
  releaseRecords,
  type RetryPolicy,
} from "./finish_records.ts";
import { checkHealth, type HealthReport } from "./health_check.ts";
import { createInstanceName, type InstanceName } from "./instance_name.ts";
import { checkBatchSize, checkFlowName, checkWhole } from "./queue_checks.ts";
import type { ClaimedRecord, Payload } from "./queue_record.ts";
import { type QueueStatus, readQueueStatus } from "./queue_status.ts";
import { resetFailed } from "./reset_failed.ts";
import { StoredResult } from "./stored_result.ts";

/** A record with the result of its processing. */
export interface CompletedWork extends HeldRecord {
  /** Any value that JSON can hold; undefined is stored as null. */
  result?: unknown;
}

/**
 * The distributed record queue (reference: queue, `DistributedProcessor`).
 *
 * Every claim has a name of its own, and the processor remembers which claim holds which record:
 * completing, failing, releasing or extending a record that another claim holds by now changes
 * nothing and is reported. One processor serves any number of loops of its process: where several
 * claim the same flow, name the claim (the record's `flow_instance_id`), since a bare id means this
 * processor's last claim on the record.
 */
export class DistributedProcessor {
  readonly #queue: DatabaseManager;
  readonly #source: DatabaseManager | undefined;
  readonly #instance: InstanceName = createInstanceName();
  readonly #ledger = new ClaimLedger();
  readonly #claimer: Claimer;

  /**
   * Makes a processor over the queue's database; the source's is only looked at by `healthCheck`.
   * Neither is opened before it is used, and the caller closes them.
   */
  constructor(rpaDbManager: DatabaseManager, sourceDbManager?: DatabaseManager) {
    this.#queue = rpaDbManager;
    this.#source = sourceDbManager;
    this.#claimer = new Claimer(rpaDbManager, this.#instance, this.#ledger);
  }

  /** `<host>-<process>`: the part of `flow_instance_id` that all claims of this processor share. */
  get instanceId(): string {
    return this.#instance.instanceId;
  }

  /** The records that this processor holds now. */
  get recordsInHand(): number[] {
    return this.#ledger.ids();
  }

  /**
   * Claims at most `batchSize` (1 to 10000) pending records of a flow whose time has come: most
   * urgent first, then first in, first out. Gives an empty list when there are none.
   *
   * A claim begins where the last ones of this process ended. What was put back behind that place is
   * found at the latest after 10 seconds, and at once when nothing else is left; with `thorough`
   * false, an empty answer may overlook it until then (for a worker that asks again and again).
   *
   * When the connection breaks before the answer is here, the next call for the flow first looks
   * for what the unanswered claim got.
   *
   * @throws ValidationError for a bad flow name or batch size; DatabaseConnectionError.
   */
  async claimRecordsBatch(
    flowName: string,
    batchSize: number,
    { thorough = true }: { thorough?: boolean } = {},
  ): Promise<ClaimedRecord[]> {
    checkFlowName(flowName);
    checkBatchSize(batchSize);
    const request = { flowName, batchSize, thorough };
    const recovered = await this.#claimer.recover(request);
    if (recovered.length > 0) return recovered;
    return (await this.#claimer.claim(request)).records;
  }

  /**
   * Completes the work of a claim and claims the next records in one statement, which costs one
   * commit in the place of two: for loops that do nothing but claim, process, complete. Otherwise
   * as `markRecordsCompleted` and `claimRecordsBatch`. Safe to call again after a lost connection.
   *
   * @throws ValidationError when JSON cannot hold a result; then nothing is changed or claimed.
   */
  async completeAndClaimBatch(
    work: readonly CompletedWork[],
    flowName: string,
    batchSize: number,
    { thorough = true }: { thorough?: boolean } = {},
  ): Promise<BatchOutcome & { records: ClaimedRecord[] }> {
    checkFlowName(flowName);
    checkBatchSize(batchSize);
    const completions = toCompletions(work);
    const { groups } = this.#ledger.byClaim(completions);
    const [group] = groups;
    const request = { flowName, batchSize, thorough };
    const recovered = await this.#claimer.recover(request);
    if (recovered.length > 0 || groups.size !== 1 || group === undefined) {
      const outcome = await this.#complete(completions);
      if (recovered.length > 0) return { ...outcome, records: recovered };
      return {
        ...outcome,
        records: await this.claimRecordsBatch(flowName, batchSize, { thorough }),
      };
    }
    const [claimName, held] = group;
    const earlier = { claimName, completions: held };
    const { records, completed } = await this.#claimer.claim(request, earlier);
    if (completed === completions.length) {
      const ids = held.map((done) => done.id);
      this.#ledger.remove(ids, claimName);
      return { ids, lost: [], records };
    }
    // Those that this claim completed just now, or before without hearing of it, are its own.
    return { ...await this.#complete(completions), records };
  }

  /**
   * Completes a record that this processor claimed and stores its result.
   *
   * @throws StaleClaimError when another claim holds the record by now; ValidationError when JSON
   * cannot hold the result.
   */
  async markRecordCompleted(
    recordId: number,
    result?: unknown,
    options: { flow_instance_id?: string } = {},
  ): Promise<void> {
    const record = heldRecord(recordId, options.flow_instance_id);
    this.#ledger.check(record);
    const { lost } = await this.markRecordsCompleted([{ ...record, result }]);
    if (lost.length > 0) throw staleClaim("complete", recordId);
  }

  /**
   * Fails a record that this processor claimed: `failed` with the message and `retry_count` + 1,
   * or back to pending by the retry policy.
   *
   * @throws StaleClaimError when another claim holds the record by now.
   */
  async markRecordFailed(
    recordId: number,
    error: string,
    options: { retry?: RetryPolicy; flow_instance_id?: string } = {},
  ): Promise<void> {
    const record = heldRecord(recordId, options.flow_instance_id);
    this.#ledger.check(record);
    const { lost } = await this.markRecordsFailed([{ ...record, error }], options);
    if (lost.length > 0) throw staleClaim("fail", recordId);
  }

  /**
   * Completes many records in one statement a claim. Safe to call again after a lost connection.
   *
   * @throws ValidationError when JSON cannot hold a result; then nothing is changed.
   */
  async markRecordsCompleted(work: readonly CompletedWork[]): Promise<BatchOutcome> {
    return await this.#complete(toCompletions(work));
  }

  /**
   * Fails many records in one statement a claim. Known secrets in the messages are redacted. Safe
   * to call again after a lost connection.
   */
  async markRecordsFailed(
    failures: readonly RecordFailure[],
    options: { retry?: RetryPolicy } = {},
  ): Promise<BatchOutcome> {
    const redacted = failures.map((failure) => ({ ...failure, error: redact(failure.error) }));
    return await endClaims(
      this.#queue,
      this.#ledger,
      redacted,
      "failed",
      (group, claimName) => failRecords(this.#queue, group, claimName, options.retry),
    );
  }

  /**
   * Gives records back to pending untouched, as if they had not been claimed. Safe to call again
   * after a lost connection.
   */
  async releaseRecords(records: readonly (number | HeldRecord)[]): Promise<BatchOutcome> {
    const outcome = await endClaims(
      this.#queue,
      this.#ledger,
      records.map(toHeldRecord),
      "released",
      (group, claimName) => releaseRecords(this.#queue, group.map((item) => item.id), claimName),
    );
    forgetClaimFloors(this.#queue);
    return outcome;
  }

  /** How many claims of a flow were not answered and may hold records that nobody works on. */
  unansweredClaims(flowName: string): number {
    return this.#claimer.unanswered(flowName);
  }

  /**
   * Looks for what the unanswered claims of a flow got and gives it back to pending, for a worker
   * that claims no more.
   *
   * @throws DatabaseConnectionError; then it can be called again.
   */
  async releaseUnanswered(flowName: string): Promise<BatchOutcome> {
    const everything = { flowName, batchSize: Infinity, thorough: false };
    const records = await this.#claimer.recover(everything);
    if (records.length === 0) return { ids: [], lost: [] };
    try {
      return await this.releaseRecords(records);
    } catch (error) {
      this.#claimer.forget(flowName, records);
      throw error;
    }
  }

  /**
   * Shows that records are still being worked on, so that cleanup leaves them alone. Records that
   * come back as lost belong to another claim by now: stop working on them.
   */
  async heartbeat(
    records: readonly (number | HeldRecord)[] = this.recordsInHand,
  ): Promise<BatchOutcome> {
    const { groups, unclaimed } = this.#ledger.byClaim(records.map(toHeldRecord));
    const outcome: BatchOutcome = { ids: [], lost: unclaimed.map((item) => item.id) };
    for (const [claimName, group] of groups) {
      const groupIds = group.map((item) => item.id);
      const held = new Set(await heartbeatRecords(this.#queue, groupIds, claimName));
      for (const id of groupIds) (held.has(id) ? outcome.ids : outcome.lost).push(id);
      this.#ledger.remove(groupIds.filter((id) => !held.has(id)), claimName);
    }
    return outcome;
  }

  /**
   * Adds records to a flow in one transaction, in order, and gives how many were added; those whose
   * dedupe key is held by an unfinished record of the flow are left out. Of a long list, payloads
   * are still read while the first ones are on their way: leave them as they are until it is done.
   *
   * @throws ValidationError that names the first bad record; then nothing is added.
   * DatabaseConnectionError when nothing was added; OpsdeckError with the code `COMMIT_UNKNOWN`
   * when that cannot be told.
   */
  async addRecordsToQueue(
    flowName: string,
    records: readonly Payload[],
    options: AddOptions = {},
  ): Promise<number> {
    checkFlowName(flowName);
    if (records.length === 0) return 0;
    const chunks = withFirstNow(chunksOf(prepareRecords([...records], options)));
    return await certainTransaction(
      this.#queue,
      async (session) => (await insertChunks(session, flowName, chunks)).added,
    );
  }

  /** Counts the records by status and flow, of all flows or of one. */
  async getQueueStatus(flowName?: string): Promise<QueueStatus> {
    return await readQueueStatus(this.#queue, flowName);
  }

  /**
   * Takes back records that have been processing for `timeoutHours` without a heartbeat: back to
   * pending with `retry_count` + 1, or failed with the reason once that reaches `maxRetries`
   * (3). Gives how many it touched; 0 hours means all that are processing now.
   *
   * @throws ValidationError when the timeout is negative or the limit is not a whole number.
   */
  async cleanupOrphanedRecords(
    timeoutHours = 1,
    options: { maxRetries?: number; flowName?: string } = {},
  ): Promise<number> {
    const { maxRetries = 3, flowName } = options;
    const timeoutMs = checkCleanup(timeoutHours, maxRetries);
    const counts = await cleanupOrphans(this.#queue, timeoutMs, maxRetries, flowName);
    forgetClaimFloors(this.#queue);
    return counts.requeued + counts.failed;
  }

  /**
   * Sets failed records of a flow to pending when they failed fewer than `maxRetries` times, and
   * gives how many. `retry_count` stays as it is.
   */
  async resetFailedRecords(
    flowName: string,
    maxRetries = 3,
    options: { ids?: readonly number[] } = {},
  ): Promise<number> {
    checkFlowName(flowName);
    checkWhole("reset failed records", "max retries", maxRetries, 0);
    return (await resetFailed(this.#queue, flowName, maxRetries, options.ids)).length;
  }

  /** Checks the databases and the queue; gives a report and does not throw for what is broken. */
  async healthCheck(): Promise<HealthReport> {
    return await checkHealth(this.#queue, this.#source, this.#instance);
  }

  async #complete(completions: readonly RecordCompletion[]): Promise<BatchOutcome> {
    return await endClaims(
      this.#queue,
      this.#ledger,
      completions,
      "completed",
      (group, claimName) => completeRecords(this.#queue, group, claimName),
    );
  }
}

function toHeldRecord(record: number | HeldRecord): HeldRecord {
  return typeof record === "number" ? { id: record } : record;
}

function heldRecord(id: number, claimName: string | undefined): HeldRecord {
  return claimName === undefined ? { id } : { id, flow_instance_id: claimName };
}

function toCompletions(work: readonly CompletedWork[]): RecordCompletion[] {
  return work.map(({ id, flow_instance_id, result }) => {
    const { text: resultText } = new StoredResult(result, id);
    return flow_instance_id === undefined
      ? { id, resultText }
      : { id, flow_instance_id, resultText };
  });
}

function staleClaim(action: string, recordId: number): StaleClaimError {
  return new StaleClaimError(
    `Cannot ${action} record ${recordId} as another claim holds it by now; nothing was changed`,
    { context: { record_id: recordId } },
  );
}
