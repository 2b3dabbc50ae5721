/** The report on integrations for a terminal. */

import { textTable } from "../../../core/command_line/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import type { IntegrationReport, RequestRates } from "./integration_report.ts";
import type { MonitoringData } from "./monitoring_run.ts";
import { rateText, reasonsText, timeText } from "./rate_text.ts";

/** The most districts that the text lists; the others are counted. */
const maxIssuesShown = 40;

const headings = ["TOTAL", "COMPLETED", "FAILED", "CANCELLED", "UNFINISHED", "SUCCESS", "FAILURE"];

/** Writes a result: the report and, when its run was resumed, of when it is. */
export function monitoringText(
  { data: { report, steps } }: WorkflowResult<MonitoringData>,
): string {
  const text = integrationReportText(report);
  if (steps[0]?.resumed !== true) return text;
  return `${text}\n\nCounted at ${timeText(report.until)} UTC, when the run began`;
}

/** Writes the report as text: types, then districts with issues. Times are in UTC. */
export function integrationReportText(report: IntegrationReport): string {
  const { since, until, by_type: types, issues, totals, unknown_types: unknown } = report;
  const sections = [
    `Requests of ${report.integration_types.join(", ")}, ` +
    `${timeText(since)} to ${timeText(until)} UTC`,
    textTable(["TYPE", ...headings], [
      ...types.map((type) => [type.DataRequestTypeName, ...cells(type)]),
      ...(types.length === 1 ? [] : [["all", ...cells(totals)]]),
    ]),
  ];
  if (unknown.length > 0) sections.push(`No type begins with ${unknown.join(", ")}`);
  sections.push(issues.length === 0 ? "No district has an issue" : issuesText(report));
  return sections.join("\n\n");
}

function issuesText({ issues }: IntegrationReport): string {
  const districts = new Set(issues.map(({ DistrictID }) => DistrictID)).size;
  const table = textTable(
    ["DISTRICT", "TYPE", "FAILED", "COMPLETED", "FAILURE", "LAST FAILED", "LAST COMPLETED", "WHY"],
    issues.slice(0, maxIssuesShown).map((issue) => [
      String(issue.DistrictID),
      issue.DataRequestTypeName,
      issue.failed,
      issue.completed,
      rateText(issue.failure_rate),
      timeText(issue.last_failed),
      timeText(issue.last_completed),
      reasonsText(issue),
    ]),
  );
  const left = issues.length - maxIssuesShown;
  const more = left > 0 ? `\nand ${left} more: --json and --html have them all` : "";
  return `Districts with issues: ${districts}\n${table}${more}`;
}

function cells(rates: RequestRates): (number | string)[] {
  return [
    rates.total,
    rates.completed,
    rates.failed,
    rates.cancelled,
    rates.unfinished,
    rateText(rates.success_rate),
    rateText(rates.failure_rate),
  ];
}
