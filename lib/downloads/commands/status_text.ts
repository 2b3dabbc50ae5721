/** What the commands that only look say to people. */

import { countOf, singleLine, textTable } from "../../core/command_line/mod.ts";
import type { ErrorContext } from "../../core/mod.ts";
import type { DownloadStatusSummary, PendingRow, RowDownloads } from "../tracker/mod.ts";
import { downloadTypes } from "../tracker/mod.ts";

/** Writes the counts of a CSV. */
export function statusText(summary: DownloadStatusSummary): string {
  const { total_rows } = summary;
  const table = textTable(
    ["type", "rows", "pending", "at work", "completed", "failed", "other"],
    downloadTypes.map((type) => {
      const { has_content, pending, downloading, completed, failed, other } = summary[type];
      return [type, has_content, pending, downloading, completed, failed, other];
    }),
  );
  return `${countOf(total_rows, "row")}\n${table}`;
}

/** Writes the rows that want downloads. */
export function pendingText(rows: readonly PendingRow[]): string {
  if (rows.length === 0) return "No pending downloads";
  return textTable(
    ["row", "type", "status", "failed attempts", "name", "address"],
    rows.flatMap(({ row_id, name, downloads }) =>
      downloads.map(({ download_type, status, failed_attempts, url }) => [
        row_id,
        download_type,
        status,
        failed_attempts,
        name,
        url,
      ])
    ),
  );
}

/** Writes a row with its downloads. */
export function rowText({ row_context, last_download_attempt, ...row }: RowDownloads): string {
  const { row_id, row_index, type, name, email } = row_context;
  const lines = [
    `row ${row_id} (${row_index + 1} of the CSV): ${type}, ${name}, ${email}`,
    ...(last_download_attempt === "" ? [] : [`last attempt ${last_download_attempt}`]),
  ];
  for (const downloadType of downloadTypes) {
    const { url, status, files, media_id, failed_attempts, errors } = row[downloadType];
    if (url === "") continue;
    const attempts = failed_attempts === 0 ? "" : `, ${failed_attempts} failed attempts`;
    const id = media_id === "" ? "" : `, ${media_id}`;
    lines.push(`${downloadType} ${status}${attempts}${id}: ${url}`);
    lines.push(...files.map((file) => `  ${file}`));
    const last = errors.at(-1);
    if (last !== undefined) lines.push(`  ${last.time} ${last.category} ${last.message}`);
  }
  return lines.map(singleLine).join("\n");
}

/** Writes what a check has found, or that all is well. */
export function problemsText(problems: readonly ErrorContext[], wellText: string): string {
  if (problems.length === 0) return wellText;
  return problems.map(({ severity, message }) => `${severity}  ${singleLine(message)}`).join("\n");
}

/** Whether a check has found more than warnings. */
export function hasErrors(problems: readonly ErrorContext[]): boolean {
  return problems.some(({ severity }) => severity === "ERROR" || severity === "CRITICAL");
}
