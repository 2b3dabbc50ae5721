/** The checks as a person reads them. */

import { singleLine } from "../../core/command_line/mod.ts";
import type { CheckResult } from "./run_checks.ts";

const words = {
  ok: "ok",
  warning: "WARNING",
  failed: "FAILED",
  not_configured: "not configured",
} as const;

/** Writes a line a check, what to do under it, and the counts at the end. */
export function checksText(results: readonly CheckResult[]): string {
  const nameOf = ({ check, subject }: CheckResult) =>
    subject === "" ? check : `${check} ${subject}`;
  const width = Math.max(0, ...results.map((result) => nameOf(result).length));
  const statusWidth = Math.max(...Object.values(words).map((word) => word.length));
  const lines = results.flatMap((result) => {
    const head = `${nameOf(result).padEnd(width)}  ${words[result.status].padEnd(statusWidth)}  `;
    const advice = result.advice === null ? [] : [`${" ".repeat(head.length)}-> ${result.advice}`];
    return [head + result.found, ...advice].map(singleLine);
  });
  return [...lines, "", countsText(results)].join("\n");
}

function countsText(results: readonly CheckResult[]): string {
  const counts = Map.groupBy(results, ({ status }) => status);
  return (["ok", "warning", "failed", "not_configured"] as const)
    .map((status) => `${counts.get(status)?.length ?? 0} ${words[status].toLowerCase()}`)
    .join(", ");
}
