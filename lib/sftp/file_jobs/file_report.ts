/** What a job did with files, for people and programs. */

import { format as formatBytes } from "@std/fmt/bytes";
import { countOf, formatDuration, singleLine } from "../../core/command_line/mod.ts";
import { errorReason, ExitCode, OpsdeckError, redact } from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";
import type { SetAside } from "./selection.ts";

/** What became of one file. */
export interface FileReport {
  /** `planned` with `--dry-run`; `stopped` when the job was stopped before its turn. */
  status: "done" | "skipped" | "failed" | "stopped" | "planned";
  /** Its path on the server; null where there is none. */
  remote_path: string | null;
  /** Its path on this machine; null where there is none. */
  local_path: string | null;
  /** Its size. */
  bytes: number;
  /** In hexadecimal digits; null when it was not asked for. */
  sha256: string | null;
  /** Why it failed; null when it did not. */
  error: string | null;
  /** A stable word for why. */
  error_code: string | null;
}

/** What became of all files of a job. */
export interface FilesReport {
  /** What was done. */
  action: "get" | "put" | "rm";
  /** Nothing was changed. */
  dry_run: boolean;
  /** Files that were transferred or removed, or would be. */
  files: number;
  /** Their bytes. */
  bytes: number;
  /** Files that were there already. */
  skipped: number;
  /** Files and folders that could not be had, and paths that mean nothing. */
  failed: number;
  /** Files that a stop left undone. */
  stopped: number;
  /** Folders that were removed, or would be. */
  folders: number;
  /** What was left where it is, as it is no file. */
  set_aside: SetAside[];
  /** How long it took. */
  duration_ms: number;
  /** Every file. */
  details: FileReport[];
}

/** What became of one file, as the jobs know it. */
export interface FileResult {
  status: FileReport["status"];
  remotePath?: string;
  localPath?: string;
  bytes?: number;
  sha256?: string;
  error?: Error;
}

/** What a job did, and how its script ends. */
export interface JobOutcome {
  /** What became of all files. */
  report: FilesReport;
  /** 0 when nothing failed, 4 when the server's absence alone is to blame, else 1. */
  exitCode: number;
}

/** Makes the report of a job. */
export function jobOutcome(
  action: FilesReport["action"],
  results: readonly FileResult[],
  more: { dryRun: boolean; setAside: SetAside[]; startedAt: number; folders?: number },
): JobOutcome {
  const having = (...wanted: FileReport["status"][]) =>
    results.filter(({ status }) => wanted.includes(status));
  const handled = having("done", "planned");
  const report: FilesReport = {
    action,
    dry_run: more.dryRun,
    files: handled.length,
    bytes: handled.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    skipped: having("skipped").length,
    failed: having("failed").length,
    stopped: having("stopped").length,
    folders: more.folders ?? 0,
    set_aside: more.setAside,
    duration_ms: Math.round(performance.now() - more.startedAt),
    details: results.map(toReport),
  };
  return { report, exitCode: exitCodeOf(having("failed").map(({ error }) => error)) };
}

function toReport({ status, error, ...file }: FileResult): FileReport {
  const failure = status === "failed" ? error : undefined;
  return {
    status,
    remote_path: file.remotePath ?? null,
    local_path: file.localPath ?? null,
    bytes: file.bytes ?? 0,
    sha256: file.sha256 ?? null,
    error: failure === undefined ? null : redact(errorReason(failure)),
    error_code: failure instanceof OpsdeckError ? failure.code : failure ? "FAILED" : null,
  };
}

/** Gives the exit code of a job in which something failed with these errors. */
export function exitCodeOf(errors: readonly (Error | undefined)[]): number {
  const codes = new Set(
    errors.map((error) => error instanceof OpsdeckError ? error.exitCode : ExitCode.failure),
  );
  if (codes.size === 0) return ExitCode.success;
  return codes.size === 1 && codes.has(ExitCode.network) ? ExitCode.network : ExitCode.failure;
}

const words = { get: "Downloaded", put: "Uploaded", rm: "Removed" } as const;
const intentions = { get: "Would download", put: "Would upload", rm: "Would remove" } as const;

/** Writes the report for a person: what did not go well, then the sum. */
export function filesReportText(report: FilesReport): string {
  const lines = [
    ...report.dry_run
      ? report.details.filter(({ status }) => status === "planned").map((one) =>
        planned(report.action, one)
      )
      : [],
    ...report.set_aside.map(({ path, reason }) => `left: ${quoteName(path)} ${reason}`),
    ...report.details.flatMap(({ error }) => error === null ? [] : [`failed: ${error}`]),
  ];
  const differs = report.details.some(({ error_code }) => /FILE_EXISTS$/.test(error_code ?? ""));
  const hint = differs ? ["--force replaces files that are there and differ"] : [];
  return [...lines.map(singleLine), summary(report), ...hint].join("\n");
}

function planned(action: FilesReport["action"], file: FileReport): string {
  const remoteFirst = [file.remote_path, file.local_path];
  const paths = (action === "put" ? remoteFirst.toReversed() : remoteFirst)
    .flatMap((path) => path === null ? [] : [quoteName(path)]);
  return `${paths.join(" to ")} (${formatBytes(file.bytes)})`;
}

function summary(report: FilesReport): string {
  const { action, files, bytes, duration_ms, folders, dry_run } = report;
  const what = `${(dry_run ? intentions : words)[action]} ${countOf(files, "file")}`;
  const parts = [
    `${what}${folders === 0 ? "" : ` and ${countOf(folders, "folder")}`}`,
    ...action === "rm" ? [] : [`${formatBytes(bytes)}${dry_run ? "" : rate(bytes, duration_ms)}`],
    ...report.skipped === 0 ? [] : [`${report.skipped} there already`],
    ...report.failed === 0 ? [] : [`${report.failed} failed`],
    ...report.stopped === 0 ? [] : [`${report.stopped} not begun`],
    ...report.set_aside.length === 0 ? [] : [`${report.set_aside.length} left`],
  ];
  return `${parts.join(", ")}${dry_run ? "; changed nothing" : ""}`;
}

function rate(bytes: number, durationMs: number): string {
  const time = ` in ${formatDuration(durationMs)}`;
  return bytes === 0 || durationMs === 0
    ? time
    : `${time} (${formatBytes(bytes / (durationMs / 1000))}/s)`;
}
