/** The run of a workflow from its beginning, or where it was left, to its end. */

import { environmentName, errorReason, redact } from "../../core/mod.ts";
import { type DatabaseManager, describeAddress } from "../../database/mod.ts";
import {
  type FoundRequest,
  removeOldRuns,
  type RunEnd,
  type WorkflowName,
  WorkflowRun,
} from "./runs/mod.ts";
import type { StepLog } from "./step_log.ts";
import type { WorkflowData, WorkflowResult } from "./workflow_result.ts";
import type { RunControl, RunPlace } from "./workflow_sources.ts";

/** What the first step of a workflow has found, for all that come after it. */
export interface RunBeginning {
  /** The workflow. */
  workflow: WorkflowName;
  /** What it was told, and what was found besides requests. */
  parameters: Record<string, unknown>;
  /** The requests that it works on. */
  requests: FoundRequest[];
}

/** Which run is gone on with. */
export interface RunToResume {
  /** Its id. */
  runId: string;
  /** What it must be. */
  workflow: WorkflowName;
}

/** What the work of a run came to. */
export interface RunOutcome<Data> {
  /** `failed`: not for each request; `stopped`: requests are left, as the run was stopped. */
  status: RunEnd["status"];
  /** What was done. */
  message: string;
  /** What became of the steps. */
  steps: StepLog;
  /** What the workflow tells besides steps and id. */
  data: Data;
}

/**
 * Begins a run, and removes old ones of its kind. When this returns, it can be resumed after any
 * crash.
 *
 * @throws FileOperationError when its journal cannot be written.
 */
export async function beginRun(
  { database, runsFolder }: RunPlace,
  beginning: RunBeginning,
  { now = () => new Date(), onRun }: RunControl,
): Promise<WorkflowRun> {
  const { place } = await placeOf(database);
  await removeOldRuns(runsFolder, beginning.workflow, now());
  const run = await WorkflowRun.begin({ ...beginning, folder: runsFolder, place, now: now() });
  onRun?.(run.runId);
  return run;
}

/**
 * Takes a run up again.
 *
 * @throws as `WorkflowRun.resume` does.
 */
export async function resumeRun(
  { database, runsFolder }: RunPlace,
  which: RunToResume,
  { signal, onRun }: RunControl,
): Promise<WorkflowRun> {
  const place = await placeOf(database);
  const run = await WorkflowRun.resume({ ...which, ...place, folder: runsFolder, signal });
  onRun?.(run.runId);
  return run;
}

/** Does the work of a run, says in its journal how that ended, and closes it. */
export async function leadRun<Data extends object>(
  run: WorkflowRun,
  { now = () => new Date() }: RunControl,
  work: () => Promise<RunOutcome<Data>>,
): Promise<WorkflowResult<WorkflowData & { run_id: string } & Data>> {
  await using open = run;
  try {
    const { status, message, steps, data } = await work();
    await open.end(status, message, now());
    return {
      success: status === "succeeded",
      message,
      data: { run_id: open.runId, steps: steps.steps, ...data },
      ...steps.counts,
    };
  } catch (error) {
    const isAbort = error instanceof Error && error.name === "AbortError";
    // The error itself is what the caller must hear of.
    const message = redact(errorReason(error));
    await open.end(isAbort ? "stopped" : "failed", message, now()).catch(() => {});
    throw error;
  }
}

/** Names where a run works, so that it is not resumed elsewhere. An embedded server's port moves. */
async function placeOf(
  database: DatabaseManager,
): Promise<{ place: string; formerPlace: string }> {
  const target = await database.target();
  const name = `${environmentName()}: ${target.database} on`;
  return {
    place: `${name} ${database.isEmbedded ? "the embedded server" : describeAddress(target)}`,
    formerPlace: `${name} ${target.host}`,
  };
}
