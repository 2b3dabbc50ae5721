/** The types of data requests. */

import { type DatabaseSession, retryRead } from "../database/mod.ts";
import { infixPattern } from "./like_pattern.ts";

/** A type of data requests. */
export interface RequestType extends Record<string, unknown> {
  /** The type's id. */
  DataRequestTypeID: number;
  /** Its name. */
  Name: string;
}

const statement = `
select "DataRequestTypeID", "Name"
from "DataRequestType"
where lower("Name") like lower($1) escape '\\'
order by "Name", "DataRequestTypeID"`;

/**
 * Lists the types by name; `nameFilter` keeps those that have it in their name, whatever the case
 * (reference: requests, list_request_types).
 *
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function listRequestTypes(
  session: DatabaseSession,
  nameFilter: string = "",
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RequestType[]> {
  return await retryRead(
    () => session.query<RequestType>(statement, [infixPattern(nameFilter)], options),
    options,
  );
}
