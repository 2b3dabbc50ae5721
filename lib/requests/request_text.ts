/** Requests for people. */

import { countOf, textTable } from "../core/command_line/mod.ts";
import type { RequestType } from "./list_request_types.ts";
import { type RequestRow, requestStatus } from "./request_row.ts";
import type { RerunResult } from "./rerun_requests.ts";

/** Writes requests, which come page by page, as one table. */
export class RequestTable {
  #count = 0;

  /** Writes a page; the first one comes with the headings. */
  page(rows: readonly RequestRow[]): string {
    const isFirst = this.#count === 0;
    this.#count += rows.length;
    const table = textTable(
      ["REQUEST", "DISTRICT", "TYPE", "STATUS", "REQUESTED", "FILE"],
      rows.map((row) => [
        String(row.RequestID),
        String(row.DistrictID),
        row.DataRequestTypeName,
        statusWord(row.Status),
        row.RequestTime?.toISOString().replace(/\.\d+Z$/, "Z"),
        row.ImportedFileName,
      ]),
    );
    return isFirst ? table : table.slice(table.indexOf("\n") + 1);
  }

  /** Writes what comes after the last page: how many there were. */
  end(): string {
    return this.#count === 0 ? "No request was found" : count(this.#count);
  }
}

/** Writes types as a table. */
export function requestTypesText(types: readonly RequestType[]): string {
  if (types.length === 0) return "No type was found";
  return textTable(
    ["TYPE", "NAME"],
    types.map(({ DataRequestTypeID, Name }) => [String(DataRequestTypeID), Name]),
  );
}

/** Writes what a rerun did: unknown and repeated ids, then the sum. */
export function rerunText(result: RerunResult): string {
  const { requests, checksums_deleted, dry_run } = result;
  const list = (label: string, items: readonly (number | string)[]) =>
    items.length === 0 ? [] : [`${label}: ${items.join(", ")}`];
  const planned = dry_run
    ? requests.map(({ RequestID, previous_status }) =>
      `${RequestID}: ${statusWord(previous_status)} to pending`
    )
    : [];
  const what = dry_run ? "Would run again" : "Running again";
  const checksums = checksums_deleted === 0
    ? ""
    : `, ${countOf(checksums_deleted, "checksum")} ${dry_run ? "to delete" : "deleted"}`;
  return [
    ...planned,
    ...list("Unknown ids", result.unknown_ids),
    ...list("Left as they are", result.left_requests.map(({ RequestID }) => RequestID)),
    ...list("Named more than once", result.duplicate_ids),
    ...list("No checksum has the key", result.unknown_checksum_keys),
    `${what}: ${count(requests.length)}${checksums}${dry_run ? "; changed nothing" : ""}`,
  ].join("\n");
}

function statusWord(status: number | null): string {
  const words = Object.entries(requestStatus);
  return words.find(([, value]) => value === status)?.[0] ?? "none";
}

function count(number: number): string {
  return `${countOf(number, "request")}`;
}
