/** Batches that are not delivered, for people and programs. */

import { placeOf } from "./claim_file.ts";
import type { Batch } from "./poller_state.ts";

/** A batch that the receiver refused. */
export interface FailedBatch {
  /** The id under which it is sent. */
  batch_id: string;
  /** The paths of its files. */
  files: string[];
  /** Why, the last time; empty when it was not tried yet. */
  reason: string;
  /** When it was made: ISO 8601, UTC. */
  since: string;
}

/** A batch that waits to be sent, or to be sent again. */
export interface WaitingBatch extends FailedBatch {
  /** Where it goes: `api`, or `queue:<flow>`. */
  target: string;
  /** It may have arrived, and is sent again under the same id until that is certain. */
  may_have_arrived: boolean;
}

/** Makes it of what the journal has. */
export function toFailedBatch({ id, claims, reason, since }: Batch): FailedBatch {
  return { batch_id: id, files: claims.map(placeOf), reason: reason ?? "", since };
}

/** Makes it of what the journal has. */
export function toWaitingBatch(batch: Batch): WaitingBatch {
  const { target, mayHaveArrived } = batch;
  return { ...toFailedBatch(batch), target, may_have_arrived: mayHaveArrived };
}

/** Writes a refused batch on one line. */
export function failedBatchText(batch: FailedBatch): string {
  return `failed: ${batchText(batch)}`;
}

/** Writes a waiting batch on one line. */
export function waitingBatchText(batch: WaitingBatch): string {
  return `waiting for ${batch.target}: ${batchText(batch)}`;
}

function batchText({ batch_id, files, reason }: FailedBatch): string {
  return `${batch_id} (${files.join(", ")})${reason === "" ? "" : `: ${reason}`}`;
}
