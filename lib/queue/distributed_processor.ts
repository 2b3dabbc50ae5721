/** The face of the queue for code: claim, complete, fail, add, report, mend. */

import { OpsdeckError, redact, StaleClaimError, ValidationError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { certainTransaction } from "./certain_transaction.ts";
import { ClaimLedger, type HeldRecord } from "./claim_ledger.ts";
import { claimFloorsOf, type ClaimPlan, forgetClaimFloors } from "./claim_floors.ts";
import {
  type ClaimAnswer,
  claimRecords,
  type EarlierWork,
  recoverClaims,
} from "./claim_records.ts";
import { type CleanupCounts, cleanupOrphans, countOrphans } from "./cleanup_orphans.ts";
import { type AddOptions, insertRecords, prepareRecord } from "./enqueue_records.ts";
import {
  completeRecords,
  endedBefore,
  failRecords,
  heartbeatRecords,
  type RecordCompletion,
  type RecordFailure,
  releaseRecords,
  type RetryPolicy,
} from "./finish_records.ts";
import { checkHealth, type HealthReport } from "./health_check.ts";
import { createInstanceName, type InstanceName } from "./instance_name.ts";
import { toJsonText } from "./json_text.ts";
import { checkBatchSize, checkFlowName, checkWhole } from "./queue_checks.ts";
import type { ClaimedRecord, Payload, RecordStatus } from "./queue_record.ts";
import { type QueueStatus, readQueueStatus } from "./queue_status.ts";
import { resetFailed, type ResetReport, resetWithReport } from "./reset_failed.ts";
import { UnansweredClaims } from "./unanswered_claims.ts";

/** What a batch form gives: which records it changed, and which another claim has by now. */
export interface BatchOutcome {
  /** The records that were changed. */
  ids: number[];
  /** The records that this processor's claim no longer holds; nothing was changed in them. */
  lost: number[];
}

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
  /** The next claim of the flow asks what they got. */
  readonly #unanswered = new UnansweredClaims();

  /**
   * Makes a processor over the queue's database; the source's is only looked at by `healthCheck`.
   * Neither is opened before it is used, and the caller closes them.
   */
  constructor(rpaDbManager: DatabaseManager, sourceDbManager?: DatabaseManager) {
    this.#queue = rpaDbManager;
    this.#source = sourceDbManager;
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
    const recovered = await this.#recover(flowName, batchSize);
    if (recovered.length > 0) return recovered;
    return (await this.#claim(flowName, batchSize, thorough)).records;
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
    const recovered = await this.#recover(flowName, batchSize);
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
    const { records, completed } = await this.#claim(flowName, batchSize, thorough, earlier);
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
    return await this.#end(
      redacted,
      ["failed", "pending"],
      (group, claimName) => failRecords(this.#queue, group, claimName, options.retry),
    );
  }

  /**
   * Gives records back to pending untouched, as if they had not been claimed. Safe to call again
   * after a lost connection.
   */
  async releaseRecords(records: readonly (number | HeldRecord)[]): Promise<BatchOutcome> {
    const outcome = await this.#end(
      records.map(toHeldRecord),
      ["pending"],
      (group, claimName) => releaseRecords(this.#queue, group.map((item) => item.id), claimName),
    );
    forgetClaimFloors(this.#queue);
    return outcome;
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
   * dedupe key is held by an unfinished record of the flow are left out.
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
    const prepared = records.map((record, index) =>
      prepareRecord(record, `record ${index + 1}`, options)
    );
    if (prepared.length === 0) return 0;
    return await certainTransaction(
      this.#queue,
      async (session) => (await insertRecords(session, flowName, prepared)).added,
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
    const { requeued, failed } = await this.cleanupOrphans(timeoutHours, options);
    return requeued + failed;
  }

  /** Does what `cleanupOrphanedRecords` does and gives both counts. */
  async cleanupOrphans(
    timeoutHours = 1,
    { maxRetries = 3, flowName }: { maxRetries?: number; flowName?: string } = {},
  ): Promise<CleanupCounts> {
    checkTimeout(timeoutHours);
    checkWhole("clean up", "max retries", maxRetries, 0);
    const counts = await cleanupOrphans(this.#queue, timeoutHours * hourMs, maxRetries, flowName);
    forgetClaimFloors(this.#queue);
    return counts;
  }

  /** Counts what `cleanupOrphans` would take back now. */
  async countOrphans(
    timeoutHours = 1,
    { maxRetries = 3, flowName }: { maxRetries?: number; flowName?: string } = {},
  ): Promise<CleanupCounts> {
    checkTimeout(timeoutHours);
    checkWhole("clean up", "max retries", maxRetries, 0);
    return await countOrphans(this.#queue, timeoutHours * hourMs, maxRetries, flowName);
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

  /** Does what `resetFailedRecords` does, or only looks, and says why ids were not reset. */
  async resetReport(
    flowName: string,
    maxRetries: number,
    options: { ids?: readonly number[] | undefined; dryRun: boolean },
  ): Promise<ResetReport> {
    checkFlowName(flowName);
    checkWhole("reset failed records", "max retries", maxRetries, 0);
    return await resetWithReport(this.#queue, flowName, maxRetries, options);
  }

  /** Checks the databases and the queue; gives a report and does not throw for what is broken. */
  async healthCheck(): Promise<HealthReport> {
    return await checkHealth(this.#queue, this.#source, this.#instance);
  }

  async #complete(completions: readonly RecordCompletion[]): Promise<BatchOutcome> {
    return await this.#end(
      completions,
      ["completed"],
      (group, claimName) => completeRecords(this.#queue, group, claimName),
    );
  }

  async #claim(
    flowName: string,
    batchSize: number,
    thorough: boolean,
    earlier?: EarlierWork,
  ): Promise<ClaimAnswer> {
    const floors = claimFloorsOf(this.#queue, flowName);
    const plan = floors.plan();
    const answer = await this.#claimBy(plan, flowName, batchSize, earlier);
    if (answer.records.length > 0 || plan.isRescan || !thorough) return answer;
    const { records } = await this.#claimBy(floors.planRescan(), flowName, batchSize);
    return { ...answer, records };
  }

  async #claimBy(
    plan: ClaimPlan,
    flowName: string,
    batchSize: number,
    earlier?: EarlierWork,
  ): Promise<ClaimAnswer> {
    const floors = claimFloorsOf(this.#queue, flowName);
    const claimName = this.#instance.nextClaim();
    try {
      const request = { flowName, batchSize, claimName };
      const answer = await claimRecords(this.#queue, request, floors, plan, earlier);
      this.#ledger.add(answer.records);
      return answer;
    } catch (error) {
      if (plan.isRescan) floors.forget();
      // A statement that ran past its deadline may have been run too, when it was beyond recall.
      if (error instanceof OpsdeckError && error.retryable) {
        this.#unanswered.add(flowName, claimName);
      }
      throw error;
    }
  }

  /** Looks for what unanswered claims got, and takes at most `batchSize` of it in hand. */
  async #recover(flowName: string, batchSize: number): Promise<ClaimedRecord[]> {
    const claims = this.#unanswered.take(flowName);
    if (claims.length === 0) return [];
    let found: ClaimedRecord[] = [];
    try {
      const names = claims.map((claim) => claim.claimName);
      found = (await recoverClaims(this.#queue, flowName, names))
        .filter((record) => !this.#ledger.holds(record.id, record.flow_instance_id));
    } catch (error) {
      this.#unanswered.putBack(flowName, claims);
      throw error;
    }
    const rest = new Set(found.splice(batchSize).map((record) => record.flow_instance_id));
    const answered = new Set(found.map((record) => record.flow_instance_id));
    this.#unanswered.putBack(
      flowName,
      claims
        .filter(({ claimName }) => rest.has(claimName) || !answered.has(claimName))
        .map((claim) => rest.has(claim.claimName) ? { ...claim, forgetAtMs: Infinity } : claim),
    );
    this.#ledger.add(found);
    return found;
  }

  /** Ends the claim on items; ids that it ended before, unheard, count as its own. */
  async #end<T extends HeldRecord>(
    items: readonly T[],
    endStatuses: readonly RecordStatus[],
    change: (group: readonly T[], claimName: string) => Promise<number[]>,
  ): Promise<BatchOutcome> {
    const { groups, unclaimed } = this.#ledger.byClaim(items);
    const outcome: BatchOutcome = { ids: [], lost: unclaimed.map((item) => item.id) };
    for (const [claimName, group] of groups) {
      const changed = new Set(await change(group, claimName));
      const missing = group.map((item) => item.id).filter((id) => !changed.has(id));
      if (missing.length > 0) {
        const before = await endedBefore(this.#queue, missing, claimName, endStatuses);
        for (const id of before) changed.add(id);
      }
      for (const { id } of group) (changed.has(id) ? outcome.ids : outcome.lost).push(id);
      this.#ledger.remove(group.map((item) => item.id), claimName);
    }
    return outcome;
  }
}

function toHeldRecord(record: number | HeldRecord): HeldRecord {
  return typeof record === "number" ? { id: record } : record;
}

function heldRecord(id: number, claimName: string | undefined): HeldRecord {
  return claimName === undefined ? { id } : { id, flow_instance_id: claimName };
}

const hourMs = 3_600_000;

function toCompletions(work: readonly CompletedWork[]): RecordCompletion[] {
  return work.map(({ result, ...record }) => ({
    ...record,
    resultText: toJsonText(result, `the result of record ${record.id}`),
  }));
}

function checkTimeout(timeoutHours: number): void {
  // PostgreSQL's oldest date is far beyond this; more is a mistake.
  const maxHours = 24 * 366 * 10;
  if (timeoutHours >= 0 && timeoutHours <= maxHours) return;
  throw new ValidationError(
    `Cannot clean up as the timeout must be from 0 to ${maxHours} hours: it is ${timeoutHours}`,
  );
}

function staleClaim(action: string, recordId: number): StaleClaimError {
  return new StaleClaimError(
    `Cannot ${action} record ${recordId} as another claim holds it by now; nothing was changed`,
    { context: { record_id: recordId } },
  );
}
