/** `queue diagnose`: what slows or stops the queue, and what mends it. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import { diagnosticsText, distributedProcessingDiagnostics } from "../monitoring/mod.ts";
import { queueSettings } from "../queue_settings.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runDiagnose} is told. */
export interface DiagnoseCommandOptions {
  /** Add who holds what, and records that come back. */
  orphaned: boolean;
  /** Add the claim's plan, the table, snapshots. */
  performance: boolean;
  /** Hours without a sign of life after which a held record is stuck; else as the settings say. */
  timeoutHours?: number | undefined;
  /** Tell of snapshots that are as old as this, in milliseconds. */
  snapshotAge?: number | undefined;
}

/**
 * Looks for what is wrong with the queue.
 *
 * @throws DatabaseConnectionError.
 */
export async function runDiagnose(
  { orphaned, performance, timeoutHours, snapshotAge }: DiagnoseCommandOptions,
  context: ScriptContext,
): Promise<void> {
  await using database = openCommandDatabase("diagnose", context);
  const report = await distributedProcessingDiagnostics({
    database,
    includeOrphanedAnalysis: orphaned,
    includePerformanceAnalysis: performance,
    limits: {
      timeoutHours: timeoutHours ?? queueSettings().cleanupTimeoutHours,
      ...(snapshotAge === undefined ? {} : { snapshotAgeMs: snapshotAge }),
    },
    signal: context.signal,
  });
  context.result(report, () => diagnosticsText(report, context.color));
}
