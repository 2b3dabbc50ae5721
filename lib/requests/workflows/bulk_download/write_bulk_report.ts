/** The report of a bulk download beside its files, and in a sentence. */

import { countOf } from "../../../core/command_line/mod.ts";
import { format as formatBytes } from "@std/fmt/bytes";
import { join } from "@std/path";
import { writeFileAtomic } from "../../../core/mod.ts";
import { unknownTypesNote } from "../unknown_types.ts";
import { bulkDownloadPage } from "./bulk_page.ts";
import type { BulkDownloadReport } from "./bulk_report.ts";

/**
 * Writes the report as JSON and as a page into the folder of the files, and gives their paths.
 * Resuming the run writes the same files anew, with all that is known by then.
 *
 * @throws FileOperationError when a file cannot be written.
 */
export async function writeBulkReport(
  report: BulkDownloadReport,
): Promise<{ json: string; html: string }> {
  const path = join(report.local_dir, `bulk_download_${report.run_id}`);
  const files = { json: `${path}.json`, html: `${path}.html` };
  await Deno.mkdir(report.local_dir, { recursive: true });
  await writeFileAtomic(files.json, `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomic(files.html, await bulkDownloadPage(report));
  return files;
}

/** Says what was done; `left` counts the requests that a stop left. */
export function bulkResultMessage(report: BulkDownloadReport, left: number): string {
  const { downloaded, skipped, failed, bytes } = report.totals;
  const done = `${countOf(downloaded, "file")} downloaded, ${skipped} there already ` +
    `(${formatBytes(bytes)} in all), ${failed} failed${unknownTypesNote(report.unknown_types)}`;
  const resume = `bulk-download --resume ${report.run_id}`;
  if (left > 0) {
    return `Stopped with ${countOf(left, "request")} left: ${done}; go on with: ${resume}`;
  }
  return failed === 0 ? done : `${done}; when the cause is gone: ${resume}`;
}
