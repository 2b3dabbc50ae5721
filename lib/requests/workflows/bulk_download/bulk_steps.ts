/** The steps of a bulk download. */

import { StepLog } from "../step_log.ts";
import type { RunControl, Shown } from "../workflow_sources.ts";
import type { BulkDownloadParameters } from "./bulk_parameters.ts";

const stepNames = ["find_requests", "download_files", "generate_report"] as const;

/** What became of the steps. */
export type BulkSteps = StepLog<typeof stepNames[number]>;

/** Makes the log of the steps. */
export function bulkSteps(control: Shown<RunControl>): BulkSteps {
  return new StepLog(stepNames, control.showProgress ? control.onStep : undefined);
}

/** Keeps what was found. */
export function finishFind(
  steps: BulkSteps,
  { unknown_types, districts_without_requests }: BulkDownloadParameters,
  requests: number,
  resumed: boolean,
): void {
  const outcome = { requests, unknown_types, districts_without_requests };
  steps.finish("find_requests", outcome, { resumed });
}
