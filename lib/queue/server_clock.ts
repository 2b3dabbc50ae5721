/** Moments by the server's clock, which set all times in the queue. */

import type { DatabaseSession } from "../database/mod.ts";

/**
 * Gives the moment that was so many milliseconds ago, as text: a Date would lose the microseconds.
 * Read once for work in several statements, it keeps them to the same moment.
 */
export async function readCutoff(session: DatabaseSession, ageMs: number): Promise<string> {
  const [row] = await session.query<{ cutoff: string }>(
    "select (clock_timestamp() - $1::float8 * interval '1 millisecond')::text as cutoff",
    [ageMs],
  );
  return row?.cutoff ?? "-infinity";
}
