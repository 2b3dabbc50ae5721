/** What a refresh of districts came to. */

import { singleLine, textTable } from "../../../core/command_line/mod.ts";
import { fileLines, type RestoreOutcome } from "../../files/mod.ts";
import type { FoundRequest } from "../runs/mod.ts";
import type { WorkflowData, WorkflowResult } from "../workflow_result.ts";
import type { LeftRequests } from "./look_again.ts";

/** What became of one request. */
export interface RefreshOutcome {
  /** The request. */
  RequestID: number;
  /** Its district. */
  DistrictID: number;
  /** Its type's name. */
  DataRequestTypeName: string;
  /**
   * `rerun`: it was set to run again; `planned`: it would be (`dryRun`); `failed`: its file could
   * not be restored, so it was left as it was; `left`: it is in `waiting_requests` or
   * `outdated_requests`, so it was not run again; `not_done`: the run was stopped before.
   */
  status: "rerun" | "planned" | "failed" | "left" | "not_done";
  /** What became of its file; null when files were not to be restored, or it was not begun. */
  restore: RestoreOutcome | null;
  /** Why it failed; null when it did not. */
  error: string | null;
  /** The exit code of a script that fails for this alone; null when it did not. */
  exit_code: number | null;
}

/** What a refresh did. */
export interface DistrictRefreshData extends WorkflowData {
  /** The run, for `--resume`; null with `dryRun`, and when there was nothing to do. */
  run_id: string | null;
  /** Every request that was found, in the order of district and type. */
  outcomes: RefreshOutcome[];
  /** Requests that were pending, queued or processing already, and were left to that. */
  waiting_requests: number[];
  /**
   * Requests that were cancelled, or followed by a newer one, after the run had found them, and were
   * left as they are.
   */
  outdated_requests: number[];
  /** The districts of which there is no request. */
  districts_without_requests: number[];
  /** The type names that no type begins with. */
  unknown_types: string[];
  /** How many checksums this process deleted, or would. */
  checksums_deleted: number;
}

/** What was done with requests, by id. */
export interface RefreshWork {
  /** What became of their files. */
  restores: ReadonlyMap<number, RestoreOutcome>;
  /** Those that were, or would be, run again. */
  reruns: ReadonlySet<number>;
  /** Those that were left as they are. */
  left: LeftRequests;
}

/** Puts together what became of each request. */
export function refreshOutcomes(
  requests: readonly FoundRequest[],
  { restores, reruns, left }: RefreshWork,
  rerunStatus: "rerun" | "planned" = "rerun",
): RefreshOutcome[] {
  return requests.map(({ RequestID, DistrictID, DataRequestTypeName }) => {
    const restore = restores.get(RequestID);
    const isRerun = reruns.has(RequestID);
    const isLeft = !isRerun && left.has(RequestID);
    const isFailed = !isRerun && !isLeft && restore?.status === "failed";
    return {
      RequestID,
      DistrictID,
      DataRequestTypeName,
      status: isRerun ? rerunStatus : isLeft ? "left" : isFailed ? "failed" : "not_done",
      restore: restore ?? null,
      error: isLeft ? null : restore?.error ?? null,
      exit_code: isLeft ? null : restore?.exit_code ?? null,
    };
  });
}

/**
 * Writes the result for a terminal: the files, as `restore-files` tells them; what failed by
 * request; and the rest in numbers.
 */
export function districtRefreshText(
  result: WorkflowResult<DistrictRefreshData>,
  isVerbose: boolean = false,
): string {
  const { data } = result;
  const failed = data.outcomes.filter(({ status }) => status === "failed");
  const lines = [result.message];
  if (failed.length > 0) {
    lines.push(textTable(
      ["REQUEST", "DISTRICT", "TYPE", "WHY"],
      failed.map((outcome) => [
        String(outcome.RequestID),
        String(outcome.DistrictID),
        outcome.DataRequestTypeName,
        singleLine(outcome.error ?? ""),
      ]),
    ));
  }
  const planned = data.outcomes.filter(({ status }) => status === "planned");
  if (planned.length > 0) {
    lines.push(textTable(
      ["REQUEST", "DISTRICT", "TYPE", "FILE", "THEN"],
      planned.map((outcome) => [
        String(outcome.RequestID),
        String(outcome.DistrictID),
        outcome.DataRequestTypeName,
        outcome.restore?.status === "planned" ? "restore" : outcome.restore?.status ?? "leave",
        "rerun",
      ]),
    ));
  }
  const files = data.outcomes.flatMap(({ restore }) =>
    restore === null || restore.status === "failed" ? [] : [restore]
  );
  lines.push(...fileLines(files, isVerbose || planned.length > 0));
  const lists: [title: string, items: readonly (string | number)[]][] = [
    ["No type begins with", data.unknown_types],
    ["Districts without requests", data.districts_without_requests],
    ["Waiting already, left to that", data.waiting_requests],
    ["Cancelled or followed by a newer one, left as they are", data.outdated_requests],
  ];
  for (const [title, items] of lists) {
    if (items.length > 0) lines.push(`${title}: ${items.join(", ")}`);
  }
  return lines.join("\n");
}
