/** Ending claims on records that may belong to several of them. */

import type { DatabaseSession } from "../database/mod.ts";
import type { ClaimLedger, HeldRecord } from "./claim_ledger.ts";
import { type ClaimEnding, endedBefore } from "./finish_records.ts";

/** What a batch form gives: which records it changed, and which another claim has by now. */
export interface BatchOutcome {
  /** The records that were changed. */
  ids: number[];
  /** The records that this processor's claim no longer holds; nothing was changed in them. */
  lost: number[];
}

/**
 * Ends the claims on items by a change that gives the ids it changed, claim by claim. Ids that a
 * claim brought to that end before, without hearing of it, count as its own.
 */
export async function endClaims<T extends HeldRecord>(
  session: DatabaseSession,
  ledger: ClaimLedger,
  items: readonly T[],
  ending: ClaimEnding,
  change: (group: readonly T[], claimName: string) => Promise<number[]>,
): Promise<BatchOutcome> {
  const { groups, unclaimed } = ledger.byClaim(items);
  const outcome: BatchOutcome = { ids: [], lost: unclaimed.map((item) => item.id) };
  for (const [claimName, group] of groups) {
    const changed = new Set(await change(group, claimName));
    const missing = group.map((item) => item.id).filter((id) => !changed.has(id));
    if (missing.length > 0) {
      const before = await endedBefore(session, missing, claimName, ending);
      for (const id of before) changed.add(id);
    }
    for (const { id } of group) (changed.has(id) ? outcome.ids : outcome.lost).push(id);
    ledger.remove(group.map((item) => item.id), claimName);
  }
  return outcome;
}
