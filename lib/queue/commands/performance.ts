/** `queue performance`: what was processed in the last hours, how fast, and what failed. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import { performanceText, processingPerformanceMonitoring } from "../monitoring/mod.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runPerformance} is told. */
export interface PerformanceCommandOptions {
  /** The window, in hours. */
  hours: number;
  /** Group the failures by their reasons. */
  errors: boolean;
}

/**
 * Measures the work of the last hours.
 *
 * @throws DatabaseConnectionError.
 */
export async function runPerformance(
  { hours, errors }: PerformanceCommandOptions,
  context: ScriptContext,
): Promise<void> {
  await using database = openCommandDatabase("performance", context);
  const report = await processingPerformanceMonitoring({
    database,
    timeWindowHours: hours,
    includeErrorAnalysis: errors,
    signal: context.signal,
  });
  context.result(report, () => performanceText(report, context.color));
}
