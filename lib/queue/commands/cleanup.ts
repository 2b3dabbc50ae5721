/** `queue cleanup`: taking back records whose worker died or went silent. */

import { countOf, type ScriptContext } from "../../core/command_line/mod.ts";
import {
  checkCleanup,
  type CleanupCounts,
  cleanupOrphans,
  countOrphans,
} from "../cleanup_orphans.ts";
import { checkFlowIsKnown } from "../known_flow.ts";
import { queueSettings } from "../queue_settings.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runCleanup} is told. */
export interface CleanupCommandOptions {
  /** Only this flow. */
  flow?: string | undefined;
  /** Hours without a sign of life; without it, as the settings say. */
  timeoutHours?: number | undefined;
  /** Records that come back this often are failed; without it, as the settings say. */
  maxRetries?: number | undefined;
  /** Only count them. */
  dryRun: boolean;
}

/**
 * Takes records back, or counts them.
 *
 * @throws ValidationError for a timeout out of range, or a flow without records;
 * DatabaseConnectionError.
 */
export async function runCleanup(
  { flow, timeoutHours, maxRetries, dryRun }: CleanupCommandOptions,
  context: ScriptContext,
): Promise<void> {
  const settings = queueSettings(flow);
  await using database = openCommandDatabase("cleanup", context, flow);
  if (flow !== undefined) await checkFlowIsKnown(database, flow);
  const limit = maxRetries ?? settings.maxRetries;
  const timeoutMs = checkCleanup(timeoutHours ?? settings.cleanupTimeoutHours, limit);
  const takeOrCount = dryRun ? countOrphans : cleanupOrphans;
  const counts = await takeOrCount(database, timeoutMs, limit, flow);
  context.result(
    { cleaned: counts.requeued + counts.failed, ...counts, dry_run: dryRun },
    () => cleanupText(counts, dryRun),
  );
}

function cleanupText(counts: CleanupCounts, isDryRun: boolean): string {
  if (counts.requeued + counts.failed === 0) return "No record is stuck in processing";
  const would = isDryRun ? "would go" : "went";
  const wouldFail = isDryRun ? "would be failed" : "were failed";
  return `${countOf(counts.requeued, "record")} ${would} back to pending, ${counts.failed} ` +
    `${wouldFail} as they came back too often`;
}
