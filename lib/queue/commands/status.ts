/** `queue status`: how many records there are, by flow and status. */

import { type Cell, type ScriptContext, textTable } from "../../core/command_line/mod.ts";
import { archiveCountsText, readArchiveCounts } from "../archive/mod.ts";
import { checkFlowIsKnown } from "../known_flow.ts";
import { type QueueStatus, readQueueStatus } from "../queue_status.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runStatus} is told. */
export interface StatusCommandOptions {
  /** Only this flow. */
  flow?: string | undefined;
  /** Count the archived records too. */
  archived: boolean;
}

/**
 * Counts the records.
 *
 * @throws ValidationError for a flow without records; DatabaseConnectionError.
 */
export async function runStatus(
  { flow, archived }: StatusCommandOptions,
  context: ScriptContext,
): Promise<void> {
  await using database = openCommandDatabase("status", context, flow);
  const inArchive = archived ? await readArchiveCounts(database, flow) : undefined;
  if (flow !== undefined) await checkFlowIsKnown(database, flow);
  const report = await readQueueStatus(database, flow);
  if (inArchive === undefined) return context.result(report, () => statusText(report));
  context.result(
    { ...report, archived: inArchive },
    () => `${statusText(report)}\n\n${archiveCountsText(inArchive)}`,
  );
}

/** Writes the counts as a table of flows. */
export function statusText(status: QueueStatus): string {
  const flows = Object.entries(status.by_flow);
  if (flows.length === 0) return "The queue is empty; add records with: queue add";
  const rows: Cell[][] = flows.map(([name, counts]) => [
    name,
    counts.pending,
    counts.processing,
    counts.completed,
    counts.failed,
    counts.pending + counts.processing + counts.completed + counts.failed,
  ]);
  if (flows.length > 1) {
    rows.push([
      "all",
      status.pending_records,
      status.processing_records,
      status.completed_records,
      status.failed_records,
      status.total_records,
    ]);
  }
  return textTable(["flow", "pending", "processing", "completed", "failed", "total"], rows);
}
