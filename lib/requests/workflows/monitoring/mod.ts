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
export { integrationReportPage } from "./monitoring_page.ts";
export type { MonitoringData } from "./monitoring_run.ts";
export { integrationReportText, monitoringText } from "./monitoring_text.ts";
export {
  type MonitoringOptions,
  type MonitoringTask,
  monitorIntegrations,
  resumeMonitoring,
} from "./monitoring_workflow.ts";
export type { RequestCounts } from "./read_activity.ts";
