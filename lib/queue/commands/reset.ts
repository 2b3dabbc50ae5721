/** `queue reset`: giving failed records of a flow another chance. */

import { countOf, type ScriptContext, shellQuote } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import { checkFlowIsKnown } from "../known_flow.ts";
import { checkFlowName } from "../queue_checks.ts";
import { queueSettings } from "../queue_settings.ts";
import { type ResetReport, resetWithReport } from "../reset_failed.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runReset} is told. */
export interface ResetCommandOptions {
  /** The flow. */
  flow: string;
  /** Records that failed this often stay failed; without it, as the settings say. */
  maxRetries?: number | undefined;
  /** Only look. */
  dryRun: boolean;
}

/**
 * Resets the failed records with the ids that are given, or all of the flow, and gives 1 when one
 * of the ids was not reset.
 *
 * @throws ValidationError for a word that is no id, or a flow without records;
 * DatabaseConnectionError.
 */
export async function runReset(
  { flow, maxRetries, dryRun }: ResetCommandOptions,
  context: ScriptContext,
): Promise<number> {
  const ids = parseRecordIds(context.positionals);
  checkFlowName(flow);
  const limit = maxRetries ?? queueSettings(flow).maxRetries;
  await using database = openCommandDatabase("reset", context, flow);
  await checkFlowIsKnown(database, flow);
  const report = await resetWithReport(database, flow, limit, { ids, dryRun });
  context.result(report, () => resetText(report));
  return report.not_reset.length > 0 ? 1 : 0;
}

function parseRecordIds(words: readonly string[]): number[] | undefined {
  if (words.length === 0) return undefined;
  return words.map((word) => {
    const id = /^\d+$/.test(word) ? Number(word) : NaN;
    if (Number.isSafeInteger(id) && id > 0) return id;
    throw new ValidationError(`Cannot read "${word}" as the id of a record`, { code: "USAGE" });
  });
}

function resetText(report: ResetReport): string {
  const verb = report.dry_run ? "would reset" : "reset";
  const lines = [`${report.flow_name}: ${verb} ${countOf(report.reset, "record")} to pending`];
  for (const { id, reason } of report.not_reset) lines.push(`  not ${id}: ${reason}`);
  if (report.still_failed > 0) {
    const stay = report.still_failed === 1 ? "stays" : "stay";
    lines.push(
      `  ${countOf(report.still_failed, "record")} ${stay} failed; ` +
        `see: queue failed --flow ${shellQuote(report.flow_name)}`,
    );
  }
  return lines.join("\n");
}
