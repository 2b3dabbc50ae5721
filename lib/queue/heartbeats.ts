/** Signs of life of the records in hand. */

import { delay, getLogger } from "../core/mod.ts";
import type { DistributedProcessor } from "./distributed_processor.ts";
import type { ClaimedRecord } from "./queue_record.ts";

const logger = getLogger("queue");

/** Sends heartbeats until stopped; a failing one is logged and the next one tried. */
export function beat(
  processor: DistributedProcessor,
  intervalMs: number,
  records: { inHand: () => ClaimedRecord[]; onLost: (id: number) => void },
): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const run = async () => {
    while (true) {
      await delay(intervalMs, { signal: controller.signal });
      try {
        const { lost } = await processor.heartbeat(records.inHand());
        for (const id of lost) records.onLost(id);
      } catch (error) {
        logger.warning("Cannot send a heartbeat; the next one is tried", { error });
      }
    }
  };
  const running = run().catch(() => {});
  return {
    async stop() {
      controller.abort();
      await running;
    },
  };
}
