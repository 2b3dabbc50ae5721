/** The batches that a poller has in hand, and what a person decides about failed ones. */

import { OpsdeckError } from "../../core/mod.ts";
import { claimedFileGone, type ClaimPlace, placeOf, settleClaim } from "./claim_file.ts";
import { refuseOtherServer } from "./other_server.ts";
import { lookAt, type PollerConnection } from "./poller_connection.ts";
import type { PollerLedger } from "./poller_ledger.ts";
import type { Batch, BatchStage, Claim, PollerState } from "./poller_state.ts";

/** Gives the batches that are so far. */
export function batchesAt({ batches }: PollerState, stage: BatchStage): Batch[] {
  return batches.values().filter((batch) => batch.stage === stage).toArray();
}

/** Counts the files of batches. */
export function fileCount(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.claims.length, 0);
}

/** Has all failed batches sent again, as they are; gives how many files. */
export async function retryFailed(ledger: PollerLedger): Promise<number> {
  const failed = batchesAt(ledger.state, "failed");
  for (const { id } of failed) await ledger.record({ type: "retried", batch: id });
  return fileCount(failed);
}

/** Forgets failed batches, and claimed files that are gone; gives the paths of the files. */
export async function forgetFailed(
  ledger: PollerLedger,
  connect: () => Promise<PollerConnection>,
): Promise<string[]> {
  const loose = ledger.state.claims.values()
    .filter(({ stage }) => stage === "named" || stage === "moved").toArray();
  const gone = loose.length === 0
    ? []
    : await findGone({ connection: await connect(), ledger }, loose);
  for (const { id } of gone) await ledger.record({ type: "lost", claim: id });
  const failed = batchesAt(ledger.state, "failed");
  for (const { id } of failed) await ledger.record({ type: "forgotten", batch: id });
  return [...failed.flatMap((batch) => batch.claims), ...gone].map(placeOf);
}

async function findGone(place: ClaimPlace, claims: readonly Claim[]): Promise<Claim[]> {
  refuseOtherServer(place.connection, place.ledger.state);
  const found: Claim[] = [];
  for (const claim of claims) {
    try {
      await settleClaim(place, claim);
      if (await lookAt(place.connection, placeOf(claim)) === undefined) found.push(claim);
    } catch (error) {
      if (!(error instanceof OpsdeckError) || error.code !== claimedFileGone) throw error;
      found.push(claim);
    }
  }
  return found;
}
