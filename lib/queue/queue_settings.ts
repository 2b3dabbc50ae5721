/** The queue's settings, from the configuration. */

import { ConfigManager, readSettings } from "../core/mod.ts";
import { maxBatchSize } from "./queue_record.ts";

/** The flow under which the queue's own settings stand, as the reference spells it. */
const processorFlow = "distributed_processor";

/** Settings of one flow. */
export interface QueueSettings {
  /** Records claimed at a time: the flow's `DISTRIBUTED_BATCH_SIZE`, else `DEFAULT_BATCH_SIZE`. */
  batchSize: number;
  /** `MAX_RETRIES`: a record that failed this often in all stays failed. */
  maxRetries: number;
  /** `CLEANUP_TIMEOUT_HOURS`. */
  cleanupTimeoutHours: number;
  /** The flow's `USE_DISTRIBUTED_PROCESSING`: work through the queue, or without it. */
  useDistributedProcessing: boolean;
  /** The flow's `AUTO_RETRY`: send failed records back to the queue. */
  autoRetry: boolean;
}

/**
 * Reads the settings of a flow, or those of the queue alone.
 *
 * @throws ConfigurationError that names every setting with a bad value.
 */
export function queueSettings(flowName?: string): QueueSettings {
  const flow = new ConfigManager(flowName);
  const processor = new ConfigManager(processorFlow);
  const wholeBatch = { min: 1, max: maxBatchSize };
  return readSettings({
    batchSize: () => {
      const fallback = processor.getVariable("DEFAULT_BATCH_SIZE", 100, wholeBatch);
      return flow.getVariable("DISTRIBUTED_BATCH_SIZE", fallback, wholeBatch);
    },
    maxRetries: () => processor.getVariable("MAX_RETRIES", 3, { min: 0, max: 1000 }),
    cleanupTimeoutHours: () => processor.getVariable("CLEANUP_TIMEOUT_HOURS", 1, { min: 0 }),
    useDistributedProcessing: () => flow.getVariable("USE_DISTRIBUTED_PROCESSING", true),
    autoRetry: () => flow.getVariable("AUTO_RETRY", false),
  });
}
