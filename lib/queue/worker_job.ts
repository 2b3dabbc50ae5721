/** The worker as a job: through the queue, or straight from an input where that is wanted. */

import { DatabaseConnectionError, HealthCheckError, ValidationError } from "../core/mod.ts";
import { distributedProcessingFlow } from "./distributed_processing_flow.ts";
import { DistributedProcessor } from "./distributed_processor.ts";
import { checkFlowIsKnown } from "./known_flow.ts";
import { type HandlerSource, openHandler } from "./open_handler.ts";
import { openWorkerDatabase } from "./queue_database.ts";
import { queueSettings } from "./queue_settings.ts";
import { inputPath } from "./record_files/input_path.ts";
import type { RecordFormat } from "./record_files/read_records.ts";
import type { RecordHandler } from "./record_handler.ts";
import { requireInput, runStandardJob, type StandardJobSummary } from "./standard_job.ts";
import type { WorkerMode, WorkerSummary } from "./worker.ts";

/** What a worker job is asked to do. */
export interface WorkerJobRequest extends HandlerSource {
  /** The flow to work on. */
  flow: string;
  /** When to end. */
  mode: WorkerMode;
  /** Without it, as the settings say. */
  batchSize?: number | undefined;
  /** Records processed at once. */
  concurrency: number;
  /** Records in all; without it, no limit. */
  limit?: number | undefined;
  /** Records started a second; without it, no limit. */
  ratePerSecond?: number | undefined;
  /** The longest that one record may take. */
  recordTimeoutMs: number;
  /** How long a stop waits for records in hand; without it, till they are done. */
  graceMs?: number | undefined;
  /** Send failed records back to the queue; false leaves it to the settings. */
  autoRetry: boolean;
  /** The wait after the first failure. */
  retryDelayMs: number;
  /** The input of standard processing; without it, or as `-`, standard input. */
  file?: string | undefined;
  /** The format of that input; without it, found out. */
  format?: RecordFormat | undefined;
  /** Process the input without the queue when its database is down. */
  fallbackStandard: boolean;
}

/** What the job tells while it runs. */
export interface WorkerJobHooks {
  /** Aborted to finish the records in hand and end. */
  signal: AbortSignal;
  /** Something that the operator should know. */
  notice: (text: string) => void;
  /** A record is done. */
  onRecord: () => void;
  /** Hands out the processor once there is one, for a last word when stopped at once. */
  onProcessor: (processor: DistributedProcessor) => void;
}

/** What a worker job did, through the queue or without it. */
export type WorkerJobSummary =
  | { processing: "distributed"; summary: WorkerSummary }
  | { processing: "standard"; summary: StandardJobSummary };

/** The longest wait between two tries of one record. */
const maxRetryDelayMs = 24 * 3_600_000;

/**
 * Runs a worker on a flow: through the queue unless the flow's `USE_DISTRIBUTED_PROCESSING` is
 * false, or its database is down and the fallback is allowed.
 *
 * @throws ValidationError for the handler, the input, or a flow that has no records at all;
 * HealthCheckError when the queue is not fit.
 */
export async function runWorkerJob(
  request: WorkerJobRequest,
  hooks: WorkerJobHooks,
): Promise<WorkerJobSummary> {
  const settings = queueSettings(request.flow);
  if (request.fallbackStandard && request.file === undefined) {
    throw new ValidationError("Cannot fall back to standard processing as no --file is given", {
      code: "USAGE",
    });
  }
  await using opened = await openHandler(request);
  if (!settings.useDistributedProcessing) {
    requireInput(request.file, `USE_DISTRIBUTED_PROCESSING is false for "${request.flow}"`);
    return await runStandard(request, opened.handle, hooks);
  }
  try {
    return await runDistributed(request, opened.handle, hooks);
  } catch (error) {
    // A wrong name or login is a mistake to mend; only a database that is down is done without.
    const isDown = error instanceof HealthCheckError &&
      error.cause instanceof DatabaseConnectionError;
    if (!request.fallbackStandard || !isDown) throw error;
    hooks.notice(`${error.message}; going on without the queue`);
    return await runStandard(request, opened.handle, hooks);
  }
}

async function runStandard(
  request: WorkerJobRequest,
  handler: RecordHandler,
  hooks: WorkerJobHooks,
): Promise<WorkerJobSummary> {
  const { format, limit, ratePerSecond } = request;
  const path = inputPath(request.file);
  const input = {
    signal: hooks.signal,
    ...(path === undefined ? {} : { path }),
    ...(format === undefined ? {} : { format }),
  };
  const summary = await runStandardJob(request.flow, input, handler, {
    concurrency: request.concurrency,
    recordTimeoutMs: request.recordTimeoutMs,
    signal: hooks.signal,
    onRecord: hooks.onRecord,
    onFailed: (number, error) => hooks.notice(`Record ${number} failed: ${error}`),
    onRejected: (position, problem) => hooks.notice(`Rejected ${position}: ${problem}`),
    ...(limit === undefined ? {} : { limit }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  });
  return { processing: "standard", summary };
}

async function runDistributed(
  request: WorkerJobRequest,
  handler: RecordHandler,
  hooks: WorkerJobHooks,
): Promise<WorkerJobSummary> {
  const { flow, mode, limit, ratePerSecond } = request;
  const settings = queueSettings(flow);
  await using database = openWorkerDatabase({
    flowName: flow,
    applicationName: "opsdeck claim-batch",
    notice: hooks.notice,
  });
  const processor = new DistributedProcessor(database);
  hooks.onProcessor(processor);
  const retry = request.autoRetry || settings.autoRetry
    ? {
      maxRetries: settings.maxRetries,
      initialDelayMs: request.retryDelayMs,
      backoffFactor: 2,
      maxDelayMs: maxRetryDelayMs,
    }
    : undefined;
  const summary = await distributedProcessingFlow(flow, request.batchSize ?? settings.batchSize, {
    database,
    processor,
    handler,
    mode,
    concurrency: request.concurrency,
    recordTimeoutMs: request.recordTimeoutMs,
    signal: hooks.signal,
    onRecord: hooks.onRecord,
    onTrouble: (error, delayMs) =>
      hooks.notice(`${error.message}; trying again in ${(delayMs / 1000).toFixed(1)} s`),
    ...(limit === undefined ? {} : { limit }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(retry === undefined ? {} : { retry }),
    ...(request.graceMs === undefined ? {} : { graceMs: request.graceMs }),
    // With a timeout of 0, records that are being processed would count as orphans.
    ...(settings.cleanupTimeoutHours === 0 ? {} : {
      orphanCare: {
        timeoutMs: settings.cleanupTimeoutHours * 3_600_000,
        maxRetries: settings.maxRetries,
      },
    }),
  });
  if (summary.claimed === 0 && !hooks.signal.aborted) await checkFlowIsKnown(database, flow);
  return { processing: "distributed", summary };
}
