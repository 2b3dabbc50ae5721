/** The steps of a monitoring that come after the counting, and the end of its run. */

import { countOf } from "../../../core/command_line/mod.ts";
import { writeFileAtomic } from "../../../core/mod.ts";
import { leadRun } from "../lead_run.ts";
import type { WorkflowRun } from "../runs/mod.ts";
import { StepLog } from "../step_log.ts";
import { unknownTypesNote } from "../unknown_types.ts";
import type { WorkflowData, WorkflowResult } from "../workflow_result.ts";
import type { RunControl, Shown } from "../workflow_sources.ts";
import { analyzeActivity, findIssues, type IntegrationReport } from "./integration_report.ts";
import { integrationReportPage } from "./monitoring_page.ts";
import { type MonitoringParameters, parseMonitoringParameters } from "./monitoring_parameters.ts";
import { timeText } from "./rate_text.ts";

/** What the monitoring workflow found. */
export interface MonitoringData extends WorkflowData {
  /** The run, for `--resume`. */
  run_id: string;
  /** The report; `integrationReportText` and `integrationReportPage` write it for people. */
  report: IntegrationReport;
  /** The report's HTML page; null when none was wanted. */
  report_html: string | null;
}

const stepNames = [
  "find_recent_requests",
  "analyze_rates",
  "identify_districts",
  "generate_report",
] as const;

type MonitoringSteps = StepLog<typeof stepNames[number]>;

/** Makes the log of the steps. */
export function monitoringSteps(control: Shown<RunControl>): MonitoringSteps {
  return new StepLog(stepNames, control.showProgress ? control.onStep : undefined);
}

/** Makes the report of what the run has counted, writes its page, and ends the run. */
export async function reportRun(
  run: WorkflowRun,
  control: Shown<RunControl>,
): Promise<WorkflowResult<MonitoringData>> {
  return await leadRun(run, control, async () => {
    const steps = monitoringSteps(control);
    const parameters = parseMonitoringParameters(run.start.parameters);
    const { districts, unknown_types, html } = parameters;
    steps.finish("find_recent_requests", {
      districts: new Set(districts.map(({ DistrictID }) => DistrictID)).size,
      counted_at: parameters.until,
      unknown_types,
    }, { resumed: run.isResumed });
    const report = analyze(parameters, steps);

    steps.begin("generate_report");
    if (html !== null) await writeFileAtomic(html, await integrationReportPage(report));
    steps.finish("generate_report", { issues: report.issues.length, html });
    const counted = run.isResumed ? `; counted at ${timeText(report.until)} UTC` : "";
    return {
      status: "succeeded",
      message: `${message(report)}${counted}`,
      steps,
      data: { report, report_html: html },
    };
  });
}

function analyze(
  { districts, days, html: _, ...head }: MonitoringParameters,
  steps: MonitoringSteps,
): IntegrationReport {
  steps.begin("analyze_rates");
  const rates = analyzeActivity({ districts, days });
  const { total, success_rate, failure_rate } = rates.totals;
  steps.finish("analyze_rates", { requests: total, success_rate, failure_rate });

  steps.begin("identify_districts");
  const issues = findIssues(rates.by_district, head.issue_rate);
  const report = { ...head, ...rates, issues };
  steps.finish("identify_districts", { districts_with_issues: districtsWithIssues(report) });
  return report;
}

function message(report: IntegrationReport): string {
  const { total, failed } = report.totals;
  return `${countOf(total, "request")} in ${countOf(report.days_back, "day")}, ${failed} failed; ` +
    `${countOf(districtsWithIssues(report).length, "district")} with issues` +
    unknownTypesNote(report.unknown_types);
}

function districtsWithIssues({ issues }: Pick<IntegrationReport, "issues">): number[] {
  return [...new Set(issues.map(({ DistrictID }) => DistrictID))];
}
