/** The latest requests of any number of districts, some districts at a time. */

import { ValidationError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import { nextDistricts } from "./every_district.ts";
import { checkCriteria, findLatest, type RequestCriteria } from "./find_requests.ts";
import { distinctIds } from "./request_ids.ts";
import type { RequestRow } from "./request_row.ts";

/** How pages are found. */
export interface PageOptions {
  /** Ends it; it throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How many districts' requests a page holds. Defaults to 500. */
  districtsAtOnce?: number | undefined;
}

/**
 * Finds what `findRequests` finds, in the same order, without holding all of it: each page is what
 * one statement finds of the next districts. Between pages the database may change.
 *
 * @throws as `findRequests` does.
 */
export async function* findRequestPages(
  session: DatabaseSession,
  criteria: RequestCriteria = {},
  { signal, districtsAtOnce = 500 }: PageOptions = {},
): AsyncGenerator<RequestRow[], void, void> {
  if (!Number.isSafeInteger(districtsAtOnce) || districtsAtOnce < 1) {
    throw new ValidationError(
      "Cannot find requests page by page as districtsAtOnce must be a whole number, 1 or more: " +
        `it is ${districtsAtOnce}`,
    );
  }
  checkCriteria(criteria);
  for await (const districtIds of districtPages(session, criteria, { signal, districtsAtOnce })) {
    yield await findLatest(session, { ...criteria, districtIds }, { signal });
  }
}

/** Gives the ids of pages of requests. */
export async function* requestIdPages(
  pages: AsyncIterable<readonly RequestRow[]>,
): AsyncGenerator<number[], void, void> {
  for await (const rows of pages) yield rows.map(({ RequestID }) => RequestID);
}

async function* districtPages(
  session: DatabaseSession,
  { districtIds }: RequestCriteria,
  { signal, districtsAtOnce }: { signal: AbortSignal | undefined; districtsAtOnce: number },
): AsyncGenerator<number[], void, void> {
  if (districtIds !== undefined) {
    const ids = distinctIds(districtIds, "district id").ids.sort((a, b) => a - b);
    for (let at = 0; at < ids.length; at += districtsAtOnce) {
      yield ids.slice(at, at + districtsAtOnce);
    }
    return;
  }
  for (let last: number | undefined = Number.MIN_SAFE_INTEGER; last !== undefined;) {
    const ids: number[] = await nextDistricts(session, last, districtsAtOnce, { signal });
    if (ids.length > 0) yield ids;
    last = ids.length < districtsAtOnce ? undefined : ids.at(-1);
  }
}
