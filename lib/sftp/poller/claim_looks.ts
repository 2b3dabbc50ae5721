/** Looking at files that are claimed and not sent yet. */

import { errorReason, inParallel, redact } from "../../core/mod.ts";
import type { RemoteFile } from "../connection/mod.ts";
import { gone, placeOf } from "./claim_file.ts";
import type { PollReport } from "./poll_report.ts";
import { lookAt, type PollerConnection } from "./poller_connection.ts";
import type { Claim, ClaimStage, PollerState } from "./poller_state.ts";
import { unstableReason } from "./source_files.ts";

/** Enough to hide the way to a distant server. */
export const claimsAtOnce = 16;

/** Gives the claims that are so far. */
export function claimsAt({ claims }: PollerState, ...stages: ClaimStage[]): Claim[] {
  return claims.values().filter((claim) => stages.includes(claim.stage)).toArray();
}

/** Gives what is in the places of claims, by their ids. */
export async function lookAtClaims(
  connection: PollerConnection,
  claims: readonly Claim[],
): Promise<Map<string, RemoteFile | undefined>> {
  const looks = new Map<string, RemoteFile | undefined>();
  await inParallel(claims, claimsAtOnce, async (claim) => {
    looks.set(claim.id, await lookAt(connection, placeOf(claim)));
  });
  return looks;
}

/** A claimed file that did not change goes out; any other is held. */
export function sortClaim(
  claim: Claim,
  before: RemoteFile | undefined,
  now: RemoteFile | undefined,
  report: PollReport,
  ready: Claim[],
): void {
  const reason = unstableReason(before, now);
  if (reason === undefined) {
    ready.push(claim);
    return;
  }
  report.held++;
  if (reason === "is gone") {
    report.problems.push({ file: claim.from, problem: reasonOf(gone(claim)) });
  } else {
    report.held_files.push({ name: placeOf(claim), reason });
  }
}

/** Gives why something failed, for a report. */
export function reasonOf(error: unknown): string {
  return redact(errorReason(error));
}
