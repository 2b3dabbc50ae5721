/** The steps of a bulk download that write files, from wherever an earlier process left them. */

import type { DownloadOutcome } from "../../files/mod.ts";
import { isDownloadOutcome } from "../kept_outcome.ts";
import { leadRun } from "../lead_run.ts";
import type { WorkflowRun } from "../runs/mod.ts";
import type { WorkflowData, WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type FileRunControl,
  type Shown,
  type WorkflowSources,
} from "../workflow_sources.ts";
import { type BulkDownloadParameters, parseBulkParameters } from "./bulk_parameters.ts";
import { type BulkDownloadReport, makeBulkReport } from "./bulk_report.ts";
import { type BulkSteps, bulkSteps, finishFind } from "./bulk_steps.ts";
import { bulkResultMessage, writeBulkReport } from "./write_bulk_report.ts";

/** What a bulk download did. */
export interface BulkDownloadData extends WorkflowData {
  /** The run, for `--resume`; null with `dryRun`. */
  run_id: string | null;
  /** The counts, the failures, and every request's outcome. */
  report: BulkDownloadReport;
  /** The report's JSON file; null when it was not written. */
  report_json: string | null;
  /** The report's HTML page; null when it was not written. */
  report_html: string | null;
}

const downloadStep = "download_files";

/** Downloads what is not there yet, writes the report, and ends the run. */
export async function downloadRun(
  sources: WorkflowSources,
  run: WorkflowRun,
  control: Shown<FileRunControl>,
): Promise<WorkflowResult<BulkDownloadData>> {
  const { now = () => new Date() } = control;
  return await leadRun(run, control, async () => {
    const steps = bulkSteps(control);
    const parameters = parseBulkParameters(run.start.parameters);
    finishFind(steps, parameters, run.requests.length, run.isResumed);
    const { outcomes, left, isRepeated } = await download(sources, run, steps, parameters, control);
    const { max_concurrent: _, ...head } = parameters;
    const report = makeBulkReport(
      {
        run_id: run.runId,
        started_at: run.start.at,
        generated_at: now().toISOString(),
        ...head,
      },
      run.requests,
      outcomes,
    );
    const { totals } = report;
    const isStopped = left > 0;
    steps.finish(downloadStep, { ...totals, stopped: left }, {
      status: isStopped ? "interrupted" : totals.failed > 0 ? "failed" : "done",
      resumed: isRepeated,
    });
    const files = isStopped ? { json: null, html: null } : await publish(report, steps);
    return {
      status: isStopped ? "stopped" : totals.failed > 0 ? "failed" : "succeeded",
      message: bulkResultMessage(report, left),
      steps,
      data: { report, report_json: files.json, report_html: files.html },
    };
  });
}

/** What became of the files, by this process and earlier ones. */
interface Downloads {
  outcomes: Map<number, DownloadOutcome>;
  /** How many requests a stop left. */
  left: number;
  /** Earlier processes had done it all. */
  isRepeated: boolean;
}

async function download(
  { requests }: WorkflowSources,
  run: WorkflowRun,
  steps: BulkSteps,
  { local_dir, max_concurrent }: BulkDownloadParameters,
  control: Shown<FileRunControl>,
): Promise<Downloads> {
  const outcomes = keptOutcomes(run);
  const isThere = (id: number) => outcomes.has(id) && outcomes.get(id)?.status !== "failed";
  const todo = run.requests.map(({ RequestID }) => RequestID).filter((id) => !isThere(id));
  steps.begin(downloadStep);
  if (todo.length === 0) return { outcomes, left: 0, isRepeated: run.isResumed };
  const fresh = await requests.downloadFilesBatch(
    todo,
    local_dir,
    max_concurrent,
    control.showProgress,
    { ...fileOptions(control), onOutcome: (outcome) => keepOutcome(run, outcome) },
  );
  await run.settled();
  let left = 0;
  for (const [id, outcome] of fresh) {
    if (outcome.status === "stopped") left++;
    else outcomes.set(id, outcome);
  }
  return { outcomes, left, isRepeated: false };
}

function keepOutcome(run: WorkflowRun, outcome: DownloadOutcome): void {
  if (outcome.status !== "stopped") {
    run.keepOutcome(downloadStep, outcome.RequestID, { ...outcome });
  }
}

function keptOutcomes(run: WorkflowRun): Map<number, DownloadOutcome> {
  const outcomes = new Map<number, DownloadOutcome>();
  for (const [id, outcome] of run.outcomes(downloadStep)) {
    if (isDownloadOutcome(outcome)) outcomes.set(id, outcome);
  }
  return outcomes;
}

async function publish(
  report: BulkDownloadReport,
  steps: BulkSteps,
): Promise<{ json: string; html: string }> {
  steps.begin("generate_report");
  const files = await writeBulkReport(report);
  steps.finish("generate_report", files);
  return files;
}
