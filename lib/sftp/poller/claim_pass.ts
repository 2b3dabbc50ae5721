/** The first half of a pass: from files in the source folder to claimed ones that may go out. */

import { inParallel, OpsdeckError, SFTPConnectionError } from "../../core/mod.ts";
import { type RemoteFile, remotePath } from "../connection/mod.ts";
import { claimedFileGone, claimFile, type ClaimPlace, placeOf, settleClaim } from "./claim_file.ts";
import { claimsAt, claimsAtOnce, reasonOf, sortClaim } from "./claim_looks.ts";
import { dayFolderName } from "./day_folder.ts";
import { refuseOtherServer } from "./other_server.ts";
import type { PollReport } from "./poll_report.ts";
import type { PollerConfig } from "./poller_config.ts";
import { lookAt } from "./poller_connection.ts";
import type { Claim } from "./poller_state.ts";
import { countFound, foldersOf, lookAtSource } from "./source_looks.ts";
import { watchFiles } from "./watch_files.ts";

/** What a pass claims with. */
export interface ClaimPassOptions {
  config: PollerConfig;
  /** The clock of the day's folder. */
  now: () => Date;
  /** No further file is claimed once it is aborted. */
  signal?: AbortSignal | undefined;
}

/**
 * Settles what an interrupted pass left, watches the source folder and all held files together,
 * and claims what did not change. Counts everything in `report`, and puts what may go out into
 * `ready`, also when it ends by an error.
 */
export async function claimPass(
  place: ClaimPlace,
  options: ClaimPassOptions,
  report: PollReport,
  ready: Claim[],
): Promise<void> {
  const { connection } = place;
  const { config, signal } = options;
  refuseOtherServer(connection, place.ledger.state);
  const folders = await foldersOf(connection, config);
  const first = await lookAtSource(connection, folders.source);
  countFound(report, first);
  await settleClaims(place, report);
  const heldClaims = claimsAt(place.ledger.state, "moved");
  const watched = { source: folders.source, first, heldClaims, stableMs: config.stableMs, signal };
  const stable = await watchFiles(connection, watched, report, ready);

  const dayFolder = () =>
    remotePath(folders.inProgress, dayFolderName(options.now(), config.timeZone ?? "UTC"));
  await claimAll(place, stable, dayFolder, { report, ready, signal });
}

async function settleClaims(place: ClaimPlace, report: PollReport): Promise<void> {
  await inParallel(
    claimsAt(place.ledger.state, "intended", "named"),
    claimsAtOnce,
    async (claim) => {
      try {
        const outcome = await settleClaim(place, claim);
        if (outcome === "ours") report.claimed++;
        if (outcome === "lost") report.lost_to_others++;
      } catch (error) {
        if (!isAboutOneFile(error)) throw error;
        report.held++;
        report.problems.push({ file: claim.from, problem: reasonOf(error) });
      }
    },
  );
}

async function claimAll(
  place: ClaimPlace,
  files: readonly RemoteFile[],
  dayFolder: () => string,
  { report, ready, signal }: {
    report: PollReport;
    ready: Claim[];
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  await inParallel(files, claimsAtOnce, async (file) => {
    if (signal?.aborted) return;
    try {
      const claim = await claimFile(place, file, dayFolder());
      if (claim === undefined) {
        report.lost_to_others++;
        return;
      }
      report.claimed++;
      // Whoever was still writing goes on writing to the file under its new name.
      sortClaim(claim, file, await lookAt(place.connection, placeOf(claim)), report, ready);
    } catch (error) {
      if (!isAboutOneFile(error)) throw error;
      report.problems.push({ file: file.name, problem: reasonOf(error) });
    }
  });
}

/** Whether the other files may fare better. */
function isAboutOneFile(error: unknown): boolean {
  return error instanceof OpsdeckError && !(error instanceof SFTPConnectionError) &&
    error.code !== "OPERATION_TIMEOUT" &&
    (error.code === claimedFileGone || "remote_path" in error.context);
}
