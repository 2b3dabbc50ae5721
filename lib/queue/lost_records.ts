/** Telling of records whose claim was lost. */

import { getLogger } from "../core/mod.ts";
import { countLost } from "./telemetry.ts";

const logger = getLogger("queue");

/** Says of records that what was done to them is not stored, as another claim holds them by now. */
export function reportLost(flowName: string, ids: readonly number[]): void {
  countLost(flowName, ids.length);
  for (const id of ids) {
    logger.warning("Another claim holds the record by now; what was done here is not stored", {
      record_id: id,
    });
  }
}
