/** What to do next, with the command that does it. */

import { shellQuote } from "../../core/command_line/mod.ts";
import type { FailedDownload, TrackingColumn } from "../tracker/mod.ts";
import type { Alert } from "./alerts.ts";
import { commandFlags, type CommandSubject } from "./command_flags.ts";
import type { SystemMetrics } from "./system_metrics.ts";

/** One thing to do. */
export interface Recommendation {
  /** Why, in a line. */
  reason: string;
  /** What to run. */
  command: string;
}

/** What recommendations follow from. */
export interface Findings extends CommandSubject {
  /** The present numbers. */
  metrics: SystemMetrics;
  /** The alerts that they raise. */
  alerts: readonly Alert[];
  /** The tracking columns that the CSV lacks. */
  missingColumns: readonly TrackingColumn[];
  /** How many of the wanted downloads are pending. */
  pending: number;
  /** Which of the wanted downloads failed. */
  failed: readonly FailedDownload[];
  /** The failed attempts of the last 24 hours by the kind of trouble. */
  failuresByCategory: readonly { category: string; count: number }[];
}

/** Gives what to do next, the most urgent first; empty when nothing is to be done. */
export function recommendationsFor(findings: Findings): Recommendation[] {
  const { metrics, alerts, missingColumns, pending, failed, retryAttempts } = findings;
  const flags = commandFlags(findings);
  const found: Recommendation[] = [];
  const add = (reason: string, command: string) => found.push({ reason, command });
  const raised = (type: Alert["type"]) => alerts.some((alert) => alert.type === type);
  const recent = (category: string) =>
    findings.failuresByCategory.find((one) => one.category === category)?.count ?? 0;

  if (raised("low_disk_space")) {
    add("The disk is nearly full: free some room, then look again", "df -h");
  }
  if (raised("critical_errors")) {
    add(
      "A critical error stopped downloads: see whether its cause is gone",
      `track-downloads validate-environment${flags.folder}`,
    );
  }
  if (recent("DATA_CORRUPTION") > 0) {
    add(
      "Rows were not written to, as another program has changed them: see which",
      `track-downloads validate-csv${flags.csv}`,
    );
  }
  if (missingColumns.length > 0) {
    add(
      `The CSV lacks ${missingColumns.length} tracking columns; a run adds them too`,
      `track-downloads enhance-schema${flags.csv}`,
    );
  }
  const asksForLess = recent("RATE_LIMIT") + recent("QUOTA");
  if (asksForLess > 0) {
    add(
      `Servers asked ${asksForLess} times in 24 hours for fewer requests: ask more slowly`,
      `track-downloads run${flags.run} --per-host 1 --delay 10s`,
    );
  }
  const denied = failed.filter(({ errors }) => errors.at(-1)?.category === "PERMISSION");
  if (denied.length > 0) {
    add(
      `${denied.length} failed as they are not shared with everybody: ask their owners`,
      `track-downloads failed${flags.type}${flags.csv}`,
    );
  }
  const again = failed.filter(({ attempts }) => attempts < retryAttempts).length;
  if (pending + again > 0 && metrics.active_processes === 0) {
    add(
      `To be downloaded: ${pending} pending, ${again} failed with attempts left`,
      `track-downloads run${flags.run}`,
    );
  }
  const spent = failed.filter(({ attempts }) => attempts >= retryAttempts);
  const [first] = spent;
  if (first !== undefined) {
    add(
      `Failed without attempts left: ${spent.length}; mend each, then reset it`,
      `track-downloads reset ${shellQuote(first.row_context.row_id)} --type ` +
        `${first.download_type}${flags.csv}`,
    );
  }
  return found;
}
