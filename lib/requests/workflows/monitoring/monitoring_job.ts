/** Monitoring as a script does it: the report made, and its page written where it is wanted. */

import { resolveCallerPath, writeFileAtomic } from "../../../core/mod.ts";
import type { DatabaseManager } from "../../../database/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import { integrationReportPage } from "./monitoring_page.ts";
import {
  type MonitoringData,
  type MonitoringTask,
  monitorIntegrations,
} from "./monitoring_workflow.ts";

/** What is monitored, and what is done with the report. */
export interface MonitoringJob extends MonitoringTask {
  /** The page's file, from the caller's folder; none is written without it. */
  html?: string | undefined;
}

/**
 * Makes the report and writes its page, replacing the file as a whole.
 *
 * @throws as `monitorIntegrations` does, and FileOperationError when the page cannot be written.
 */
export async function runMonitoringJob(
  database: DatabaseManager,
  { html, ...task }: MonitoringJob,
): Promise<WorkflowResult<MonitoringData>> {
  const result = await monitorIntegrations(database, task);
  if (html !== undefined) {
    await writeFileAtomic(
      resolveCallerPath(html),
      await integrationReportPage(result.data.report),
    );
  }
  return result;
}
