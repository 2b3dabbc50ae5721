/** Downloading the files of all requests of some types. */

export {
  bulkDownload,
  type BulkDownloadTask,
  resumeBulkDownload,
} from "./bulk_download_workflow.ts";
export { bulkDownloadPage } from "./bulk_page.ts";
export type {
  BulkDownloadReport,
  DownloadCounts,
  DownloadFailure,
  TypeDownloads,
} from "./bulk_report.ts";
export type { BulkDownloadData } from "./bulk_run.ts";
export { bulkDownloadText } from "./bulk_text.ts";
