/** How the integrations did over the last days. */

import { ValidationError } from "../../../core/mod.ts";
import type { DatabaseSession } from "../../../database/mod.ts";
import { StepLog } from "../step_log.ts";
import { findUnknownTypes, unknownTypesNote } from "../unknown_types.ts";
import type { StepListener, WorkflowData, WorkflowResult } from "../workflow_result.ts";
import { analyzeActivity, findIssues, type IntegrationReport } from "./integration_report.ts";
import { readActivity } from "./read_activity.ts";

/** How the integrations are monitored. */
export interface MonitoringOptions {
  /** Stops the query; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** From which failure rate on, from 0 to 1, a district has an issue. Defaults to 0.5. */
  issueRate?: number;
  /** Hears that a step begins, when `showProgress` is set. */
  onStep?: StepListener;
  /** The time at which the report is made. Defaults to now. */
  now?: () => Date;
}

/** What the monitoring workflow found. */
export interface MonitoringData extends WorkflowData {
  /** The report; `integrationReportText` and `integrationReportPage` write it for people. */
  report: IntegrationReport;
}

/** What is monitored. */
export interface MonitoringTask extends MonitoringOptions {
  /** What the names of the types begin with. */
  integrationTypes: readonly string[];
  /** How many days back. */
  daysBack: number;
}

const dayMs = 86_400_000;
const maxDaysBack = 36_500;
const stepNames = [
  "find_recent_requests",
  "analyze_rates",
  "identify_districts",
  "generate_report",
] as const;

/**
 * Counts the requests of the types since `daysBack` days, works out rates, names the districts with
 * issues and makes the report. It reads in one statement and changes nothing, so an interrupted run
 * is simply run again.
 *
 * @throws ValidationError when a parameter is out of its range, no type is named, or there is none of the names.
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function monitorIntegrations(
  session: DatabaseSession,
  task: MonitoringTask,
): Promise<WorkflowResult<MonitoringData>> {
  const { daysBack, signal, issueRate = 0.5, onStep, now = () => new Date() } = task;
  const integrationTypes = [...new Set(task.integrationTypes)];
  checkTask(integrationTypes, daysBack, issueRate);
  const log = new StepLog(stepNames, onStep);

  log.begin("find_recent_requests");
  const until = now();
  const since = new Date(until.getTime() - daysBack * dayMs);
  const unknownTypes = await findUnknownTypes(session, integrationTypes, { signal });
  const activity = await readActivity(session, { typeNames: integrationTypes, since }, { signal });

  log.finish("find_recent_requests", {
    districts: new Set(activity.districts.map(({ DistrictID }) => DistrictID)).size,
    unknown_types: unknownTypes,
  });

  log.begin("analyze_rates");
  const rates = analyzeActivity(activity);
  log.finish("analyze_rates", {
    requests: rates.totals.total,
    success_rate: rates.totals.success_rate,
    failure_rate: rates.totals.failure_rate,
  });

  log.begin("identify_districts");
  const issues = findIssues(rates.by_district, issueRate);
  const withIssues = [...new Set(issues.map(({ DistrictID }) => DistrictID))];
  log.finish("identify_districts", { districts_with_issues: withIssues });

  log.begin("generate_report");
  const report: IntegrationReport = {
    since: since.toISOString(),
    until: until.toISOString(),
    days_back: daysBack,
    integration_types: integrationTypes,
    unknown_types: unknownTypes,
    issue_rate: issueRate,
    ...rates,
    issues,
  };
  log.finish("generate_report", { issues: issues.length });
  return {
    success: true,
    message: message(report, withIssues.length),
    data: { steps: log.steps, report },
    ...log.counts,
  };
}

function checkTask(types: readonly string[], daysBack: number, issueRate: number): void {
  if (types.length === 0 || types.some((name) => name.trim() === "")) {
    throw new ValidationError(
      "Cannot monitor integrations as no type is named, or one has no name; " +
        "name what the types begin with, such as SAT",
    );
  }
  if (!(daysBack > 0 && daysBack <= maxDaysBack)) {
    throw new ValidationError(
      `Cannot monitor integrations as the days back must be more than 0, and ${maxDaysBack} at ` +
        `most: they are ${daysBack}`,
    );
  }
  if (!(issueRate >= 0 && issueRate <= 1)) {
    throw new ValidationError(
      `Cannot monitor integrations as the issue rate must be from 0 to 1: it is ${issueRate}`,
    );
  }
}

function message(report: IntegrationReport, districtsWithIssues: number): string {
  const { total, failed } = report.totals;
  return `${total} requests in ${report.days_back} days, ${failed} failed; ` +
    `${districtsWithIssues} districts with issues${unknownTypesNote(report.unknown_types)}`;
}
