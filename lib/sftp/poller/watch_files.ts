/** Watching files for a while, to see which are whole. */

import { delay } from "../../core/mod.ts";
import type { RemoteFile } from "../connection/mod.ts";
import { lookAtClaims, sortClaim } from "./claim_looks.ts";
import type { PollReport } from "./poll_report.ts";
import type { PollerConnection } from "./poller_connection.ts";
import type { Claim } from "./poller_state.ts";
import { compareLooks, type SourceFiles } from "./source_files.ts";
import { lookAtSource } from "./source_looks.ts";

/** What is watched, and for how long. */
export interface WatchedPlaces {
  /** The source folder. */
  source: string;
  /** What the first look at it showed. */
  first: SourceFiles;
  /** Claimed files that are not sent yet. */
  heldClaims: readonly Claim[];
  /** How far apart the two looks are. Defaults to 1200. */
  stableMs: number | undefined;
  /** Ends the wait. */
  signal: AbortSignal | undefined;
}

/** How far apart the two looks at a file are by default, in milliseconds (reference: sftp). */
const defaultStableMs = 1200;

/**
 * Looks twice at the source folder and at claimed files together. Gives the files of the folder
 * that did not change, puts such claims into `ready`, and counts the others in `report`.
 */
export async function watchFiles(
  connection: PollerConnection,
  places: WatchedPlaces,
  report: PollReport,
  ready: Claim[],
): Promise<RemoteFile[]> {
  const { source, first, heldClaims, stableMs = defaultStableMs, signal } = places;
  if (first.candidates.length + heldClaims.length === 0) return [];
  const heldBefore = await lookAtClaims(connection, heldClaims);
  await delay(stableMs, { signal });
  const watched = compareLooks(first, await lookAtSource(connection, source));
  report.unstable = watched.unstable.length;
  report.unstable_files = watched.unstable;
  report.lost_to_others += watched.goneCount;
  const heldNow = await lookAtClaims(connection, heldClaims);
  for (const claim of heldClaims) {
    sortClaim(claim, heldBefore.get(claim.id), heldNow.get(claim.id), report, ready);
  }
  return watched.stable;
}
