/** How the integrations did over the last days, as a run that can be resumed. */

import { resolveCallerPath, ValidationError } from "../../../core/mod.ts";
import { beginRun, resumeRun } from "../lead_run.ts";
import { checkTypeNames, findUnknownTypes } from "../unknown_types.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import type { RunControl, RunPlace, Shown } from "../workflow_sources.ts";
import type { MonitoringParameters } from "./monitoring_parameters.ts";
import { type MonitoringData, monitoringSteps, reportRun } from "./monitoring_run.ts";
import { readActivity } from "./read_activity.ts";

/** How the integrations are monitored, besides the reference's parameters. */
export interface MonitoringOptions extends RunControl {
  /** From which failure rate on, from 0 to 1, a district has an issue. Defaults to 0.5. */
  issueRate?: number | undefined;
  /** The file of the report's page, from the caller's folder. By default none is written. */
  html?: string | undefined;
}

/** What is monitored. */
export interface MonitoringTask extends Shown<MonitoringOptions> {
  /** What the names of the types begin with. */
  integrationTypes: readonly string[];
  /** How many days back. */
  daysBack: number;
}

const dayMs = 86_400_000;
const maxDaysBack = 36_500;

/**
 * Counts the requests of the types since `daysBack` days, in one statement, and changes nothing in
 * the database; then works out rates, names the districts with issues, and makes the report. The
 * counts are kept in the run as soon as they are there.
 *
 * @throws ValidationError when a parameter is out of its range, no type is named, or there is none of the names.
 * @throws DatabaseConnectionError when the server cannot be reached.
 * @throws FileOperationError when the run or the page cannot be written.
 */
export async function monitorIntegrations(
  sources: RunPlace,
  task: MonitoringTask,
): Promise<WorkflowResult<MonitoringData>> {
  const { database } = sources;
  const { daysBack, signal, issueRate = 0.5, html, now = () => new Date() } = task;
  const typeNames = [...new Set(task.integrationTypes)];
  checkTypeNames("monitor integrations", typeNames);
  checkNumbers(daysBack, issueRate);
  monitoringSteps(task).begin("find_recent_requests");
  const until = now();
  const since = new Date(until.getTime() - daysBack * dayMs);
  const parameters: MonitoringParameters = {
    integration_types: typeNames,
    unknown_types: await findUnknownTypes(database, typeNames, { signal }),
    since: since.toISOString(),
    until: until.toISOString(),
    days_back: daysBack,
    issue_rate: issueRate,
    html: html === undefined ? null : resolveCallerPath(html),
    ...await readActivity(database, { typeNames, since }, { signal }),
  };
  const run = await beginRun(
    sources,
    { workflow: "integration_monitoring", parameters, requests: [] },
    task,
  );
  return await reportRun(run, task);
}

/**
 * Goes on with a run: makes the report, and its page, of what was counted when it began. The report
 * says when that was.
 *
 * @throws as `WorkflowRun.resume` does, and FileOperationError when the page cannot be written.
 */
export async function resumeMonitoring(
  sources: RunPlace,
  runId: string,
  control: Shown<RunControl>,
): Promise<WorkflowResult<MonitoringData>> {
  const run = await resumeRun(sources, { runId, workflow: "integration_monitoring" }, control);
  return await reportRun(run, control);
}

function checkNumbers(daysBack: number, issueRate: number): void {
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
