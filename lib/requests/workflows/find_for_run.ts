/** The first step of a run: its requests. */

import type { WorkflowSources } from "./workflow_sources.ts";
import { findRequests, type RequestCriteria } from "../find_requests.ts";
import type { RequestRow } from "../request_row.ts";
import type { FoundRequest } from "./runs/mod.ts";
import { findUnknownTypes } from "./unknown_types.ts";

/** What was found. */
export interface FoundForRun {
  /** The requests. */
  rows: RequestRow[];
  /** The type names that no type begins with. */
  unknown_types: string[];
  /** The districts named of which there is no request. */
  districts_without_requests: number[];
}

/**
 * Finds the latest requests.
 *
 * @throws ValidationError when an id or status is out of its range, or no type has such a name.
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function findForRun(
  { database }: Pick<WorkflowSources, "database">,
  criteria: RequestCriteria,
  options: { signal?: AbortSignal | undefined },
): Promise<FoundForRun> {
  const unknown = await findUnknownTypes(database, criteria.typeNames ?? [], options);
  const rows = await findRequests(database, criteria, options);
  const districts = new Set(rows.map(({ DistrictID }) => DistrictID));
  return {
    rows,
    unknown_types: unknown,
    districts_without_requests: [...new Set(criteria.districtIds ?? [])]
      .filter((id) => !districts.has(id)),
  };
}

/** Gives a request as runs keep it. */
export function foundRequest(row: RequestRow): FoundRequest {
  return { ...row, RequestTime: row.RequestTime?.toISOString() ?? null };
}
