/** What a bulk download did, for a terminal. */

import { singleLine, textTable } from "../../../core/command_line/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import type { BulkDownloadData } from "./bulk_run.ts";

/** The most failures that the text lists; the report has all. */
const maxFailuresShown = 40;

/** Writes the result: counts by type, failures with why, and where the report is. */
export function bulkDownloadText({ message, data }: WorkflowResult<BulkDownloadData>): string {
  const { by_type: types, failures, unknown_types, districts_without_requests } = data.report;
  const parts: string[] = [];
  if (types.length > 0) {
    parts.push(textTable(
      ["TYPE", "REQUESTS", "DOWNLOADED", "THERE ALREADY", "FAILED", "BYTES"],
      types.map((type) => [
        type.DataRequestTypeName,
        type.requests,
        type.downloaded,
        type.skipped,
        type.failed,
        type.bytes,
      ]),
    ));
  }
  if (failures.length > 0) {
    const left = failures.length - maxFailuresShown;
    parts.push(
      textTable(
        ["REQUEST", "DISTRICT", "TYPE", "WHY"],
        failures.slice(0, maxFailuresShown).map((failure) => [
          String(failure.RequestID),
          String(failure.DistrictID),
          failure.DataRequestTypeName,
          singleLine(failure.error),
        ]),
      ) + (left > 0 ? `\nand ${left} more, which the report has` : ""),
    );
  }
  if (unknown_types.length > 0) parts.push(`No type begins with ${unknown_types.join(", ")}`);
  if (districts_without_requests.length > 0) {
    parts.push(`Districts without requests: ${districts_without_requests.join(", ")}`);
  }
  const files = data.report_html === null ? [] : [`Report: ${data.report_html}`];
  parts.push([message, ...files].join("\n"));
  return parts.join("\n\n");
}
