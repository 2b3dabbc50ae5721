/** The flow template: check health, claim one batch, process it, say what was done. */

import { HealthCheckError, OpsdeckError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { DistributedProcessor } from "./distributed_processor.ts";
import { explainQueueError } from "./explain_queue_error.ts";
import { openWorkerDatabase } from "./queue_database.ts";
import { runWorker, type WorkerOptions, type WorkerSummary } from "./worker.ts";

/** How to run the flow: a handler, and whatever a worker takes. */
export interface FlowOptions extends Omit<WorkerOptions, "batchSize"> {
  /** The queue's database, left open; without it, `rpa_db` is opened and closed again. */
  database?: DatabaseManager;
  /** The processor over that database. */
  processor?: DistributedProcessor;
}

/**
 * Works on one batch of a flow and gives a summary (reference: queue,
 * `distributed_processing_flow`); with `mode`, until the queue is empty or until stopped.
 *
 * @throws HealthCheckError when the queue's database is down or its table is missing; then nothing
 * was claimed. See also {@link runWorker}.
 */
export async function distributedProcessingFlow(
  flowName: string,
  batchSize: number,
  options: FlowOptions,
): Promise<WorkerSummary> {
  if (options.database) {
    return await runFlow(options.database, flowName, batchSize, options);
  }
  await using database = openWorkerDatabase({ flowName });
  return await runFlow(database, flowName, batchSize, options);
}

async function runFlow(
  database: DatabaseManager,
  flowName: string,
  batchSize: number,
  options: FlowOptions,
): Promise<WorkerSummary> {
  const processor = options.processor ?? new DistributedProcessor(database);
  await checkFitness(database, options.signal);
  return await runWorker(processor, database, flowName, { ...options, batchSize });
}

// Lighter than `healthCheck`, which counts the whole table.
async function checkFitness(
  database: DatabaseManager,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await database.query("select 1 as fit from processing_queue limit 1", [], { signal });
  } catch (thrown) {
    const error = explainQueueError(thrown);
    if (!(error instanceof OpsdeckError)) throw error;
    throw new HealthCheckError(`Cannot start as the queue is not fit: ${error.message}`, {
      cause: error,
      exitCode: error.exitCode,
      context: { database: database.name, reason: error.code },
    });
  }
}
