/** What pollers have in hand, as their journals tell it. */

import { countOf, singleLine, textTable } from "../../core/command_line/mod.ts";
import {
  type FailedBatch,
  failedBatchText,
  toFailedBatch,
  toWaitingBatch,
  type WaitingBatch,
  waitingBatchText,
} from "./batch_report.ts";
import { placeOf } from "./claim_file.ts";
import { pollerJournalPath, projectsWithJournals, readPollerState } from "./poller_ledger.ts";
import type { ClaimStage, LastPass, PollerState } from "./poller_state.ts";

/** A file that is claimed and not delivered. */
export interface FileInHand {
  /** Where it was uploaded. */
  from: string;
  /** Where it is, or is to get. */
  path: string;
  /** How far it is. */
  stage: ClaimStage;
  /** When it was claimed: ISO 8601, UTC. */
  since: string;
}

/** The state of one project's poller. */
export interface PollerStatus {
  /** The project. */
  project_id: string;
  /** The path of its journal. */
  journal: string;
  /** Files that are not delivered yet, batched or not, failed ones left out. */
  in_hand: FileInHand[];
  /** Batches of them. */
  waiting_batches: WaitingBatch[];
  /** Batches that the receiver refused. */
  failed_batches: FailedBatch[];
  /** How the last pass ended; null before the first one. */
  last_pass: LastPass | null;
}

/**
 * Reads the state of these projects' pollers, running or not, without disturbing them; without
 * names that of all that have a journal.
 *
 * @throws FileOperationError with the code `DATA_CORRUPTION` (exit code 3) for a damaged journal.
 */
export async function readPollerStatus(names: readonly string[]): Promise<PollerStatus[]> {
  const projects = names.length === 0 ? await projectsWithJournals() : [...new Set(names)];
  return await Promise.all(
    projects.map(async (projectId) => toStatus(projectId, await readPollerState(projectId))),
  );
}

/** Writes it for a person. */
export function pollerStatusText(statuses: readonly PollerStatus[]): string {
  if (statuses.length === 0) return "No project has been polled yet";
  return statuses.map(projectText).join("\n\n");
}

function toStatus(projectId: string, { claims, batches, lastPass }: PollerState): PollerStatus {
  const all = [...batches.values()];
  const failed = all.filter(({ stage }) => stage === "failed");
  const failedClaims = new Set(failed.flatMap((batch) => batch.claims));
  return {
    project_id: projectId,
    journal: pollerJournalPath(projectId),
    in_hand: [...claims.values()].filter((claim) => !failedClaims.has(claim)).map((claim) => ({
      from: claim.from,
      path: placeOf(claim),
      stage: claim.stage,
      since: claim.since,
    })),
    waiting_batches: all.filter(({ stage }) => stage === "waiting").map(toWaitingBatch),
    failed_batches: failed.map(toFailedBatch),
    last_pass: lastPass ?? null,
  };
}

function projectText(status: PollerStatus): string {
  const { project_id, in_hand, waiting_batches, failed_batches, last_pass } = status;
  const lines = [
    `${project_id}: ${countOf(in_hand.length, "file")} in hand, ` +
    `batches: ${waiting_batches.length} waiting, ${failed_batches.length} failed; ` +
    lastPassText(last_pass),
  ];
  const loose = in_hand.filter(({ stage }) => stage !== "batched");
  if (loose.length > 0) {
    const rows = loose.map(({ path, stage, since }) => [stage, since, path]);
    lines.push(textTable(["stage", "since", "file"], rows));
  }
  lines.push(...waiting_batches.map(waitingBatchText), ...failed_batches.map(failedBatchText));
  return lines.map((line) => line.split("\n").map(singleLine).join("\n  ")).join("\n  ");
}

function lastPassText(pass: LastPass | null): string {
  if (pass === null) return "no pass yet";
  return pass.error === null ? `last pass ${pass.at}` : `last pass ${pass.at}: ${pass.error}`;
}
