/** Outcomes of downloads and restores as they come back from a run's journal. */

import type { DownloadOutcome, FileOutcome, RestoreOutcome } from "../files/mod.ts";

const downloadStatuses: readonly unknown[] = ["downloaded", "skipped", "failed"];
const restoreStatuses: readonly unknown[] = ["restored", "identical", "failed"];
const textFields = [
  "DataRequestTypeName",
  "server",
  "source",
  "target",
  "sha256",
  "error",
  "error_code",
] as const;

/** Tells whether it is the outcome of a download that was begun. */
export function isDownloadOutcome(value: object): value is DownloadOutcome {
  return isFileOutcome(value) && "status" in value && downloadStatuses.includes(value.status);
}

/** Tells whether it is the outcome of a restore that was begun. */
export function isRestoreOutcome(value: object): value is RestoreOutcome {
  return isFileOutcome(value) && "status" in value && restoreStatuses.includes(value.status);
}

function isFileOutcome(value: object): value is FileOutcome {
  const fields: Partial<Record<string, unknown>> = { ...value };
  return typeof fields["RequestID"] === "number" &&
    textFields.every((name) => fields[name] === null || typeof fields[name] === "string") &&
    (fields["bytes"] === null || typeof fields["bytes"] === "number") &&
    (fields["exit_code"] === null || typeof fields["exit_code"] === "number") &&
    Array.isArray(fields["passed_over"]);
}
