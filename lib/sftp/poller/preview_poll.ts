/** What a pass would do. */

import { inParallel } from "../../core/mod.ts";
import { batchesAt, fileCount } from "./batch_list.ts";
import { gone, placeOf, uploadName } from "./claim_file.ts";
import { claimsAt, claimsAtOnce, reasonOf } from "./claim_looks.ts";
import { refuseOtherServer } from "./other_server.ts";
import { emptyReport, type PollReport } from "./poll_report.ts";
import type { PollerConfig } from "./poller_config.ts";
import { type Connect, lookAt, type PollerConnection } from "./poller_connection.ts";
import { readPollerState } from "./poller_ledger.ts";
import type { Claim, PollerState } from "./poller_state.ts";
import { reportBatches } from "./report_batches.ts";
import { countFound, foldersOf, lookAtSource } from "./source_looks.ts";
import { watchFiles } from "./watch_files.ts";

/** How {@link previewPoll} looks. */
export interface PreviewOptions {
  /** Names the receiver that the pass would deliver to. */
  target: string;
  /** The journal's file. Defaults to that of the project. */
  journalPath?: string | undefined;
  /** Ends the wait between the two looks. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks twice at the source folder and at claimed files, as a pass does, and tells what it would
 * claim and send, and what waits for a person. Changes nothing, and needs no journal.
 *
 * @throws what connecting and listing throw; ConfigurationError with the code `OTHER_SERVER` as
 * the pass would; FileOperationError with the code `DATA_CORRUPTION` for a damaged journal
 */
export async function previewPoll(
  config: PollerConfig,
  connect: Connect,
  { target, journalPath, signal }: PreviewOptions,
): Promise<PollReport> {
  const startedAt = performance.now();
  const report = emptyReport(config.projectId, new Date(), true);
  const state = await readPollerState(config.projectId, journalPath);
  const connection = await connect({ signal });
  refuseOtherServer(connection, state);
  const { source } = await foldersOf(connection, config);
  const first = await lookAtSource(connection, source);
  countFound(report, first);
  const heldClaims = [
    ...claimsAt(state, "moved"),
    ...await findInterrupted(connection, state, report),
  ];
  const ready: Claim[] = [];
  const watched = { source, first, heldClaims, stableMs: config.stableMs, signal };
  const stable = await watchFiles(connection, watched, report, ready);

  report.claimed += stable.length;
  report.would_claim.push(...stable.map(({ name }) => name));
  report.would_send = ready.map(placeOf);
  reportBatches(report, state, { target, failedBefore: batchesAt(state, "failed") });
  const waiting = batchesAt(state, "waiting").filter((batch) => batch.target === target);
  report.sent = stable.length + ready.length + fileCount(waiting);
  report.duration_ms = Math.round(performance.now() - startedAt);
  return report;
}

/** Gives what an interrupted pass has claimed, as it lies there, and counts as settling does. */
async function findInterrupted(
  connection: PollerConnection,
  state: PollerState,
  report: PollReport,
): Promise<Claim[]> {
  const found: Claim[] = [];
  await inParallel(claimsAt(state, "intended", "named"), claimsAtOnce, async (claim) => {
    if (await lookAt(connection, claim.parked) !== undefined) {
      found.push({ ...claim, to: undefined });
    } else if (claim.stage === "intended") {
      if (await lookAt(connection, claim.from) === undefined) report.lost_to_others++;
      return; // else it is found in the source folder
    } else if (await lookAt(connection, placeOf(claim)) !== undefined) {
      found.push(claim);
    } else {
      report.held++;
      report.problems.push({ file: claim.from, problem: reasonOf(gone(claim)) });
      return;
    }
    report.claimed++;
    report.would_claim.push(uploadName(claim));
  });
  return found;
}
