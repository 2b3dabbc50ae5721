/** The steps of a refresh, and what each tells. */

import type { RestoreOutcome } from "../../files/mod.ts";
import type { RerunResult } from "../../rerun_requests.ts";
import type { FoundRequest } from "../runs/mod.ts";
import { StepLog } from "../step_log.ts";
import type { RunControl, Shown } from "../workflow_sources.ts";
import type { LeftReason, LeftRequests } from "./look_again.ts";
import type { RefreshParameters } from "./refresh_parameters.ts";

type StepName = "find_requests" | "restore_files" | "clear_checksums" | "rerun_requests";

/** What became of the steps. */
export type RefreshSteps = StepLog<StepName>;

/** Names the steps that the parameters ask for. */
export function stepsOf(
  restores: boolean,
  clears: boolean,
  control: Shown<RunControl>,
): RefreshSteps {
  const names: StepName[] = [
    "find_requests",
    ...restores ? ["restore_files" as const] : [],
    ...clears ? ["clear_checksums" as const] : [],
    "rerun_requests",
  ];
  return new StepLog(names, control.showProgress ? control.onStep : undefined);
}

/** Keeps what was found. */
export function finishFind(
  steps: RefreshSteps,
  parameters: RefreshParameters,
  requests: readonly FoundRequest[],
  resumed: boolean,
): void {
  const outcome = { requests: requests.length, ...foundBesides(parameters) };
  steps.finish("find_requests", outcome, { resumed });
}

/** Keeps what the one transaction of the last two steps did. */
export function finishRerun(
  steps: RefreshSteps,
  { delete_checksums: clears }: RefreshParameters,
  result: RerunResult | undefined,
  resumed: boolean,
): void {
  if (clears) {
    const deleted = { checksums_deleted: result?.checksums_deleted ?? 0 };
    steps.finish("clear_checksums", deleted, { resumed });
  }
  const outcome = {
    requests: result?.requests.length ?? 0,
    left_requests: result?.left_requests.map(({ RequestID }) => RequestID) ?? [],
    unknown_ids: result?.unknown_ids ?? [],
    dry_run: result?.dry_run ?? false,
  };
  const status = outcome.unknown_ids.length > 0 ? "failed" : "done";
  steps.finish("rerun_requests", outcome, { status, resumed });
}

/** What a run tells besides its requests, and of those that it left. */
export function whatElse(parameters: RefreshParameters, left: LeftRequests = new Map()) {
  const found = foundBesides(parameters);
  const ids = (wanted: LeftReason) =>
    [...left].filter(([, reason]) => reason === wanted).map(([id]) => id);
  return {
    ...found,
    waiting_requests: [...found.waiting_requests, ...ids("waiting")],
    outdated_requests: ids("outdated"),
  };
}

function foundBesides(parameters: RefreshParameters) {
  const { waiting_requests, districts_without_requests, unknown_types } = parameters;
  return { waiting_requests, districts_without_requests, unknown_types };
}

/** Counts restores by what became of them. */
export function countRestores(outcomes: Iterable<RestoreOutcome>) {
  const counts = { restored: 0, identical: 0, planned: 0, failed: 0, stopped: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}
