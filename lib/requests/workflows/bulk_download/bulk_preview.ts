/** What a bulk download would do. */

import { countOf } from "../../../core/command_line/mod.ts";
import type { FoundRequest } from "../runs/mod.ts";
import { unknownTypesNote } from "../unknown_types.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type NewRunControl,
  type Shown,
  type WorkflowSources,
} from "../workflow_sources.ts";
import type { BulkDownloadParameters } from "./bulk_parameters.ts";
import { makeBulkReport } from "./bulk_report.ts";
import type { BulkDownloadData } from "./bulk_run.ts";
import { type BulkSteps, finishFind } from "./bulk_steps.ts";

/** Looks at the servers, and changes nothing. */
export async function previewDownload(
  { requests: manager }: WorkflowSources,
  task: Shown<NewRunControl>,
  { parameters, requests, steps }: {
    parameters: BulkDownloadParameters;
    requests: FoundRequest[];
    steps: BulkSteps;
  },
): Promise<WorkflowResult<BulkDownloadData>> {
  const now = (task.now?.() ?? new Date()).toISOString();
  finishFind(steps, parameters, requests.length, false);
  steps.begin("download_files");
  const outcomes = await manager.downloadFilesBatch(
    requests.map(({ RequestID }) => RequestID),
    parameters.local_dir,
    parameters.max_concurrent,
    task.showProgress,
    { ...fileOptions(task), dryRun: true },
  );
  const { max_concurrent: _, ...head } = parameters;
  const report = makeBulkReport(
    { run_id: null, started_at: now, generated_at: now, ...head },
    requests,
    outcomes,
  );
  const planned = [...outcomes.values()].filter(({ status }) => status === "planned").length;
  const { skipped, failed } = report.totals;
  steps.finish("download_files", { planned, skipped, failed, dry_run: true });
  return {
    success: failed === 0,
    message:
      `Would download ${
        countOf(planned, "file")
      } to ${parameters.local_dir}; ${skipped} are there ` +
      `already, ${failed} cannot be had; changed nothing` +
      unknownTypesNote(parameters.unknown_types),
    data: { run_id: null, steps: steps.steps, report, report_json: null, report_html: null },
    ...steps.counts,
  };
}
