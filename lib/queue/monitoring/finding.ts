/** What is wrong, what it means, and what mends it. */

/** How much a finding matters. */
export type FindingSeverity = "INFO" | "WARNING" | "CRITICAL";

/** One thing that was found. */
export interface Finding {
  /** `CRITICAL`: records do not move or soon will not; `WARNING`: look at it today; `INFO`: know it. */
  severity: FindingSeverity;
  /** A stable word in capitals, such as `STUCK_RECORDS`; alerts decide on it. */
  code: string;
  /** What was found, with the numbers, in a line. */
  finding: string;
  /** What it does to the queue. */
  meaning: string;
  /** What mends it, or looks closer: a command line, or an SQL statement for `psql`. */
  command: string;
}

/** How the queue is, in the words of `healthCheck`. */
export type QueueHealth = "healthy" | "degraded" | "unhealthy";

const weight: Record<FindingSeverity, number> = { CRITICAL: 0, WARNING: 1, INFO: 2 };

/** Gives the findings with the worst first, and otherwise in their order. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => weight[a.severity] - weight[b.severity]);
}

/** `unhealthy` with a critical finding, `degraded` with a warning, else `healthy`. */
export function healthOf(findings: readonly Finding[]): QueueHealth {
  if (findings.some((finding) => finding.severity === "CRITICAL")) return "unhealthy";
  return findings.some((finding) => finding.severity === "WARNING") ? "degraded" : "healthy";
}

/** Gives the commands of the findings, worst first, each once. */
export function recommendationsOf(findings: readonly Finding[]): string[] {
  return [...new Set(worstFirst(findings).map((finding) => finding.command))];
}
