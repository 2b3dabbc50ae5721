/** Findings for people: what, why it matters, what mends it. */

import { singleLine } from "../../core/command_line/mod.ts";
import type { Finding } from "./finding.ts";
import type { Paint } from "./paint.ts";

/** Writes each finding in three lines. */
export function findingsText(findings: readonly Finding[], paint: Paint): string {
  return findings.map(({ severity, finding, meaning, command }) =>
    [
      `${paint(severity, severity)}  ${singleLine(finding)}`,
      `  means  ${singleLine(meaning)}`,
      `  run    ${singleLine(command)}`,
    ].join("\n")
  ).join("\n");
}
