/** `queue monitor`: how the queue is, once or again and again. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import {
  distributedQueueMonitoring,
  type MonitoringReport,
  monitoringText,
  watchInterval,
  watchReport,
} from "../monitoring/mod.ts";
import { queueSettings } from "../queue_settings.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runMonitor} is told. */
export interface MonitorCommandOptions {
  /** Add instances, durations and the table's state. */
  detailed: boolean;
  /** Hours without a sign of life after which a held record is stuck; else as the settings say. */
  timeoutHours?: number | undefined;
  /** Show it until stopped. */
  watch: boolean;
  /** The pause between two reports, in milliseconds. */
  interval?: number | undefined;
}

/**
 * Shows the report.
 *
 * @throws ValidationError for the interval; DatabaseConnectionError.
 */
export async function runMonitor(
  options: MonitorCommandOptions,
  context: ScriptContext,
): Promise<void> {
  const intervalMs = watchInterval(options);
  await using database = openCommandDatabase("monitor", context);
  const read = (signal: AbortSignal) =>
    distributedQueueMonitoring({
      database,
      includeDetailedMetrics: options.detailed,
      timeoutHours: options.timeoutHours ?? queueSettings().cleanupTimeoutHours,
      signal,
    });
  const text = (report: MonitoringReport) => monitoringText(report, context.color);
  if (intervalMs === undefined) {
    const report = await read(context.signal);
    return context.result(report, () => text(report));
  }
  await watchReport({
    intervalMs,
    rows: Deno.stdout.isTerminal() ? () => Deno.consoleSize().rows : undefined,
    signal: context.signal,
    read,
    text,
    print: (report, text) => context.line(report, text),
    onTrouble: (error) => context.warn(error.message),
  });
}
