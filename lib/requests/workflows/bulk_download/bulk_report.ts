/** The summary of a bulk download. */

import type { DownloadOutcome } from "../../files/mod.ts";
import type { FoundRequest } from "../runs/mod.ts";

/** How many files came to what, and how large they are. */
export interface DownloadCounts {
  /** All of the requests. */
  requests: number;
  /** Files that were downloaded. */
  downloaded: number;
  /** Files that were there already, with the same content. */
  skipped: number;
  /** Files that could not be had. */
  failed: number;
  /** Bytes of what was downloaded or there already. */
  bytes: number;
}

/** The counts of a type. */
export interface TypeDownloads extends DownloadCounts {
  /** The type's name. */
  DataRequestTypeName: string;
}

/** A request whose file could not be had. */
export interface DownloadFailure {
  /** The request. */
  RequestID: number;
  /** Its district. */
  DistrictID: number;
  /** Its type's name. */
  DataRequestTypeName: string;
  /** Why, for a person. */
  error: string;
  /** A stable word for it. */
  error_code: string;
}

/** The report of a run, as its JSON file holds it. */
export interface BulkDownloadReport {
  /** The run; null when nothing was to be changed. */
  run_id: string | null;
  /** When it began, ISO 8601. */
  started_at: string;
  /** When this report was made, ISO 8601. */
  generated_at: string;
  /** What the names of the types begin with. */
  type_names: string[];
  /** The districts; null for all. */
  district_ids: number[] | null;
  /** The folder of the files. */
  local_dir: string;
  /** The type names that no type begins with. */
  unknown_types: string[];
  /** The districts named of which there is no request. */
  districts_without_requests: number[];
  /** All of it together. */
  totals: DownloadCounts;
  /** By type, ordered by name. */
  by_type: TypeDownloads[];
  /** How many requests failed for each reason, by its stable word. */
  failure_reasons: Record<string, number>;
  /** The requests whose files could not be had, with why. */
  failures: DownloadFailure[];
  /** Every request's outcome, by district and type. */
  outcomes: DownloadOutcome[];
}

/** What a report is made of besides the outcomes. */
export type BulkReportHead = Omit<
  BulkDownloadReport,
  "totals" | "by_type" | "failure_reasons" | "failures" | "outcomes"
>;

/** Makes the report of outcomes; a request without one counts as none. */
export function makeBulkReport(
  head: BulkReportHead,
  requests: readonly FoundRequest[],
  outcomes: ReadonlyMap<number, DownloadOutcome>,
): BulkDownloadReport {
  const all = requests.flatMap((request) => {
    const outcome = outcomes.get(request.RequestID);
    return outcome === undefined ? [] : [{ request, outcome }];
  });
  const byType = Map.groupBy(all, ({ request }) => request.DataRequestTypeName);
  const failures = all.flatMap(({ request, outcome }) =>
    outcome.status !== "failed" ? [] : [{
      RequestID: request.RequestID,
      DistrictID: request.DistrictID,
      DataRequestTypeName: request.DataRequestTypeName,
      error: outcome.error ?? "unknown",
      error_code: outcome.error_code ?? "FAILED",
    }]
  );
  const reasons = Map.groupBy(failures, ({ error_code }) => error_code);
  return {
    ...head,
    totals: countDownloads(all.map(({ outcome }) => outcome)),
    by_type: [...byType]
      .map(([DataRequestTypeName, group]) => ({
        DataRequestTypeName,
        ...countDownloads(group.map(({ outcome }) => outcome)),
      }))
      .sort((a, b) => a.DataRequestTypeName < b.DataRequestTypeName ? -1 : 1),
    failure_reasons: Object.fromEntries(
      [...reasons].map(([code, group]) => [code, group.length] as const)
        .sort(([, a], [, b]) => b - a),
    ),
    failures,
    outcomes: all.map(({ outcome }) => outcome),
  };
}

/** Counts outcomes. */
function countDownloads(outcomes: readonly DownloadOutcome[]): DownloadCounts {
  const counts = { requests: 0, downloaded: 0, skipped: 0, failed: 0, bytes: 0 };
  for (const { status, bytes } of outcomes) {
    counts.requests++;
    if (status === "downloaded" || status === "skipped" || status === "failed") counts[status]++;
    if (status === "downloaded" || status === "skipped") counts.bytes += bytes ?? 0;
  }
  return counts;
}
