/** Data requests: finding them, fetching and restoring their files, and running them again. */

export {
  AsyncRequestManager,
  type BatchRerunOptions,
  type BatchRerunResult,
} from "./async_request_manager.ts";
export { checkRequestTables } from "./check_request_tables.ts";
export { confirmRequests, type ConfirmRequestsOptions } from "./confirm_requests.ts";
export { type FileJob, type FileJobFlags, runFileJob } from "./file_job.ts";
export * from "./files/mod.ts";
export { findRequestPages, type PageOptions, requestIdPages } from "./find_request_pages.ts";
export { findRequests, type RequestCriteria } from "./find_requests.ts";
export { checkHistoryTexts, type HistoryTexts } from "./history_texts.ts";
export { listRequestTypes, type RequestType } from "./list_request_types.ts";
export { migrateRequests, type RequestMigrationReport } from "./migrate_requests.ts";
export { requestMigrations, requestsStore } from "./migrations.ts";
export { parseIds, readIds } from "./read_ids.ts";
export {
  OpenedRequestManager,
  openRequestManager,
  type OpenRequestManagerOptions,
} from "./open_request_manager.ts";
export { type CriteriaFlags, parseCriteria } from "./parse_criteria.ts";
export {
  explainRequestError,
  openRequestDatabase,
  type RequestDatabaseOptions,
  retryNote,
} from "./request_database.ts";
export {
  type RequestNeeds,
  requestPermissions,
  runListPermissions,
} from "./request_permissions.ts";
export { type ReadOptions, RequestManager, type RequestManagerOptions } from "./request_manager.ts";
export { type RequestRow, requestStatus } from "./request_row.ts";
export { RequestTable, requestTypesText, rerunText } from "./request_text.ts";
export { type RerunOptions, rerunRequests, type RerunResult } from "./rerun_requests.ts";
export type { RerunRequest } from "./rerun_transaction.ts";
export * from "./workflows/mod.ts";
