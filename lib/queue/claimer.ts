/** Claiming: from where the last claims ended, and never forgetting one that was not answered. */

import { OpsdeckError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { claimFloorsOf, type ClaimPlan } from "./claim_floors.ts";
import type { ClaimLedger } from "./claim_ledger.ts";
import {
  type ClaimAnswer,
  claimRecords,
  type EarlierWork,
  recoverClaims,
} from "./claim_records.ts";
import type { InstanceName } from "./instance_name.ts";
import type { ClaimedRecord } from "./queue_record.ts";
import { UnansweredClaims } from "./unanswered_claims.ts";

/** What is claimed. */
export interface ClaimRequest {
  /** The flow. */
  flowName: string;
  /** Records at most. */
  batchSize: number;
  /** Whether an empty answer has looked everywhere. */
  thorough: boolean;
}

/** Claims records for a processor, and notes in its ledger what they are held by. */
export class Claimer {
  readonly #database: DatabaseManager;
  readonly #instance: InstanceName;
  readonly #ledger: ClaimLedger;
  /** The next claim of the flow asks what they got. */
  readonly #unanswered = new UnansweredClaims();

  /** Makes one that claims under the instance's names. */
  constructor(database: DatabaseManager, instance: InstanceName, ledger: ClaimLedger) {
    this.#database = database;
    this.#instance = instance;
    this.#ledger = ledger;
  }

  /** Claims the next records; completes earlier work in the same statement. */
  async claim(request: ClaimRequest, earlier?: EarlierWork): Promise<ClaimAnswer> {
    const floors = claimFloorsOf(this.#database, request.flowName);
    const plan = floors.plan();
    const answer = await this.#claimBy(plan, request, earlier);
    if (answer.records.length > 0 || plan.isRescan || !request.thorough) return answer;
    const { records } = await this.#claimBy(floors.planRescan(), request);
    return { ...answer, records };
  }

  /** How many claims of a flow may hold records that nobody heard of. */
  unanswered(flowName: string): number {
    return this.#unanswered.count(flowName);
  }

  /** Looks for what unanswered claims got, and takes at most a batch of it in hand. */
  async recover({ flowName, batchSize }: ClaimRequest): Promise<ClaimedRecord[]> {
    const claims = this.#unanswered.take(flowName);
    if (claims.length === 0) return [];
    let found: ClaimedRecord[] = [];
    try {
      const names = claims.map((claim) => claim.claimName);
      found = (await recoverClaims(this.#database, flowName, names))
        .filter((record) => !this.#ledger.holds(record.id, record.flow_instance_id));
    } catch (error) {
      this.#unanswered.putBack(flowName, claims);
      throw error;
    }
    const rest = new Set(found.splice(batchSize).map((record) => record.flow_instance_id));
    const answered = new Set(found.map((record) => record.flow_instance_id));
    for (const { claimName, forgetAtMs } of claims) {
      if (rest.has(claimName)) this.#unanswered.add(flowName, claimName);
      else if (!answered.has(claimName)) {
        this.#unanswered.putBackUnseen(flowName, { claimName, forgetAtMs });
      }
    }
    this.#ledger.add(found);
    return found;
  }

  /** Takes recovered records out of hand again; their claims count as unanswered as before. */
  forget(flowName: string, records: readonly ClaimedRecord[]): void {
    for (const { id, flow_instance_id } of records) this.#ledger.remove([id], flow_instance_id);
    const claimNames = new Set(records.map((record) => record.flow_instance_id));
    for (const claimName of claimNames) this.#unanswered.add(flowName, claimName);
  }

  async #claimBy(
    plan: ClaimPlan,
    { flowName, batchSize }: ClaimRequest,
    earlier?: EarlierWork,
  ): Promise<ClaimAnswer> {
    const floors = claimFloorsOf(this.#database, flowName);
    const claimName = this.#instance.nextClaim();
    try {
      const request = { flowName, batchSize, claimName };
      const answer = await claimRecords(this.#database, request, floors, plan, earlier);
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
}
