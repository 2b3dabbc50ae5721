/** Flows of which more fails than should. */

import { countOf, formatCount } from "../../core/command_line/mod.ts";
import type { Finding } from "./finding.ts";

// Fewer records than this prove nothing about a rate.
const fewestFinished = 20;
const warningShare = 0.1;
const criticalShare = 0.5;

/**
 * Finds flows of which a tenth (a warning) or half (critical) of the last hour's work failed. The
 * counts are those that were really seen: a sample must not be scaled, as few rows prove nothing.
 */
export function findHighErrorRates(
  flows: Readonly<Record<string, { completed: number; failed: number }>>,
): Finding[] {
  const findings: Finding[] = [];
  for (const [name, { completed, failed }] of Object.entries(flows)) {
    const finished = completed + failed;
    if (finished < fewestFinished || failed / finished < warningShare) continue;
    findings.push({
      severity: failed / finished >= criticalShare ? "CRITICAL" : "WARNING",
      code: "HIGH_ERROR_RATE",
      finding:
        `${formatCount(failed)} of ${
          countOf(finished, "record")
        } looked at of "${name}" that finished in the ` +
        "last hour failed",
      meaning: "The handler, or a service that it needs, is broken; failed records stay failed",
      command: "queue performance --hours 1 --errors",
    });
  }
  return findings;
}
