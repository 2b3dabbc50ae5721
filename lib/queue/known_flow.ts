/** Telling a flow that has records from a misspelt one. */

import { getLogger, ValidationError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { hasFlow, readFlowNames } from "./queue_status.ts";

const logger = getLogger("queue");

/**
 * Checks that a flow has records, whatever their status.
 *
 * @throws ValidationError that names the flows that there are.
 */
export async function checkFlowIsKnown(database: DatabaseManager, flowName: string): Promise<void> {
  if (await hasFlow(database, flowName)) return;
  const flows = await readFlowNames(database);
  logger.info("The flow has no records", { flow_name: flowName, flows });
  const known = flows.length === 0
    ? "the queue is empty; add records with: queue add"
    : `flows with records are ${flows.slice(0, 10).join(", ")}`;
  throw new ValidationError(`Cannot find the flow "${flowName}" as it has no records: ${known}`, {
    code: "UNKNOWN_FLOW",
    context: { flow_name: flowName },
  });
}
