/** How the integrations did: counts, rates, districts with issues, as text and HTML. */

export type {
  DayRates,
  DistrictIssue,
  DistrictRates,
  IntegrationReport,
  IssueReason,
  RequestRates,
  TypeRates,
} from "./integration_report.ts";
export { type MonitoringJob, runMonitoringJob } from "./monitoring_job.ts";
export { integrationReportPage } from "./monitoring_page.ts";
export { integrationReportText } from "./monitoring_text.ts";
export {
  type MonitoringData,
  type MonitoringOptions,
  type MonitoringTask,
  monitorIntegrations,
} from "./monitoring_workflow.ts";
export type { RequestCounts } from "./read_activity.ts";
