/** Looking once more at the requests of a run: they may have gone on without it. */

import { findRequests } from "../../find_requests.ts";
import { type RequestRow, requestStatus, unfinishedStatuses } from "../../request_row.ts";
import type { RerunResult } from "../../rerun_requests.ts";
import type { FoundRequest, WorkflowRun } from "../runs/mod.ts";
import type { WorkflowSources } from "../workflow_sources.ts";
import type { RefreshParameters } from "./refresh_parameters.ts";

/** The statuses in which a request is run again. */
export const rerunStatuses: readonly number[] = [requestStatus.completed, requestStatus.failed];

/** The statuses among which the latest request is looked for. */
export const latestStatuses: readonly number[] = [...unfinishedStatuses, ...rerunStatuses];

/**
 * Why a request is left as it is: it waits to run or runs already; or it was cancelled, or is not
 * the latest of its district and type any more.
 */
export type LeftReason = "waiting" | "outdated";

/** Requests that are left, by id. */
export type LeftRequests = ReadonlyMap<number, LeftReason>;

/** Tells whether a request waits to run, or runs. */
export function isWaiting({ Status }: Pick<RequestRow, "Status">): boolean {
  return Status !== null && unfinishedStatuses.includes(Status);
}

/**
 * Gives those of the requests that are to be left.
 *
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function findLeft(
  { database }: Pick<WorkflowSources, "database">,
  { district_ids: districtIds, type_names: typeNames }: RefreshParameters,
  requests: readonly FoundRequest[],
  options: { signal?: AbortSignal | undefined },
): Promise<LeftRequests> {
  const left = new Map<number, LeftReason>();
  if (requests.length === 0) return left;
  const criteria = { districtIds, typeNames, statuses: latestStatuses };
  const rows = await findRequests(database, criteria, options);
  const latest = new Map(rows.map((row) => [placeOf(row), row]));
  for (const request of requests) {
    const row = latest.get(placeOf(request));
    if (row === undefined) continue; // the rerun itself finds out what became of it
    if (row.RequestID !== request.RequestID) left.set(request.RequestID, "outdated");
    else if (isWaiting(row)) left.set(request.RequestID, "waiting");
  }
  return left;
}

/** Gives those that a rerun of {@link rerunStatuses} has left. */
export function leftByRerun({ left_requests }: Pick<RerunResult, "left_requests">): LeftRequests {
  return new Map(left_requests.map(({ RequestID, previous_status: Status }) => [
    RequestID,
    isWaiting({ Status }) ? "waiting" : "outdated",
  ]));
}

const step = "leave_requests";

/** Keeps what is left: it stays so for the run, as somebody else has taken it over. */
export function keepLeft(run: WorkflowRun, left: LeftRequests): void {
  for (const [id, reason] of left) run.keepOutcome(step, id, { reason });
}

/** Gives what earlier processes of the run have left. */
export function keptLeft(run: WorkflowRun): Map<number, LeftReason> {
  return new Map(
    [...run.outcomes(step)].map(([id, { reason }]) => [
      id,
      reason === "waiting" ? "waiting" : "outdated",
    ]),
  );
}

function placeOf(request: Pick<RequestRow, "DistrictID" | "DataRequestTypeID">): string {
  return `${request.DistrictID} ${request.DataRequestTypeID}`;
}
