/** Waking workers that wait for a flow's records. */

import type { DatabaseSession } from "../database/mod.ts";

/** The channel on which waiting workers hear the name of a flow with new records. */
export const queueChannel = "opsdeck_queue";

/** Tells the workers of a flow, when the transaction commits, that records can be claimed. */
export async function notifyWorkers(session: DatabaseSession, flowName: string): Promise<void> {
  await session.query("select pg_notify($1, $2)", [queueChannel, flowName]);
}
