/** Running a file of requests as a job, or saying what it would do. */

import { countOf } from "../../core/command_line/mod.ts";
import { ExitCode, type OpsdeckError, resolveCallerPath, ValidationError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { type FileRequest, parseRequests } from "../run/request_file.ts";
import { checkContents } from "../run/check_contents.ts";
import {
  readRunStates,
  RunJournal,
  runJournalPath,
  type RunStates,
  type WriteAnswer,
} from "../run/run_journal.ts";
import {
  type RunOptions,
  runRequests,
  type RunStep,
  runStep,
  type RunSummary,
} from "../run/run_requests.ts";
import { readText } from "./issue_source.ts";

/** A file of requests and the journal of its runs. */
export interface RequestFile {
  /** What it asks for. */
  requests: FileRequest[];
  /** The journal's path. */
  journalPath: string;
}

/**
 * Reads a file of requests; `-` is standard input, which has one journal a site: what was done stays
 * done when the next text differs from the last one.
 *
 * @throws ValidationError that names the wrong lines; FileOperationError when it cannot be read.
 */
export async function openRequestFile(client: JiraClient, file: string): Promise<RequestFile> {
  const text = await readText(file);
  const source = file === "-" ? "stdin" : resolveCallerPath(file);
  return {
    requests: parseRequests(text, client.site),
    journalPath: runJournalPath(client.site, source),
  };
}

/** A request and what a run would do with it. */
export interface PlannedRequest {
  /** Its line. */
  line: number;
  /** Its id, when it has one. */
  id: string | null;
  /** The method. */
  method: string;
  /** The endpoint. */
  endpoint: string;
  /** The body; null without one. */
  data: unknown;
  /** `send`, `done` by an earlier run, or `uncertain`: left alone. */
  step: RunStep;
  /** What Jira called that which an earlier run made; null where it said nothing or nothing is done. */
  answer: WriteAnswer | null;
}

/**
 * Says what a run would do, and does nothing.
 *
 * @throws ValidationError as `runRequests` does for ids of other content.
 */
export async function planRun(
  file: RequestFile,
  options: { retryUncertain: boolean; restart: boolean },
): Promise<PlannedRequest[]> {
  const states: RunStates = options.restart ? new Map() : await readRunStates(file.journalPath);
  checkContents(file.requests, states);
  return file.requests.map((request) => ({
    line: request.line,
    id: request.id,
    method: request.method,
    endpoint: request.endpoint,
    data: request.data ?? null,
    step: runStep(request, states, options.retryUncertain),
    answer: states.get(request.key)?.answer ?? null,
  }));
}

/** How a file is run. */
export interface RunJobOptions extends Omit<RunOptions, "journal"> {
  /** Forgets what earlier runs have done. Defaults to false. */
  restart?: boolean;
}

/** What a run did, and the exit code that follows from it. */
export interface RunReport extends RunSummary {
  /** The exit code. */
  exit_code: number;
}

/** Runs a file of requests with its journal. */
export async function runFileJob(
  client: JiraClient,
  file: RequestFile,
  { restart = false, ...options }: RunJobOptions,
): Promise<RunReport> {
  if (file.requests.length === 0) {
    throw new ValidationError("Cannot run the requests as there is none in the file");
  }
  await using journal = await RunJournal.open(file.journalPath, {
    restart,
    signal: options.signal,
  });
  const { summary, failures } = await runRequests(client, file.requests, {
    ...options,
    onResult: untilClosed(options.onResult),
    journal,
  });
  return { ...summary, exit_code: exitCodeOf(summary, failures) };
}

/** Writes go on when nobody reads their results any more: a half-done file would be no help. */
function untilClosed(onResult: RunOptions["onResult"]): RunOptions["onResult"] {
  let isClosed = false;
  return (request, result) => {
    if (isClosed) return false;
    try {
      return onResult?.(request, result);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "StdoutClosedError") throw error;
      isClosed = true;
      return false;
    }
  };
}

/** The exit code of the worst: a refused login, then a site out of reach, then anything else. */
function exitCodeOf(summary: RunSummary, failures: readonly OpsdeckError[]): number {
  const codes = new Set(failures.map(({ exitCode }) => exitCode));
  if (codes.has(ExitCode.configuration)) return ExitCode.configuration;
  if (codes.has(ExitCode.network)) return ExitCode.network;
  const { failed, uncertain, cancelled } = summary;
  return failed + uncertain + cancelled === 0 ? ExitCode.success : ExitCode.failure;
}

/** Says what a run did, in one line. */
export function runSummaryText(report: RunSummary): string {
  const { total, already_done, succeeded, failed, still_uncertain, uncertain, cancelled } = report;
  const parts = [`${countOf(total, "request")}: ${succeeded} succeeded`];
  if (already_done > 0) parts.push(`${already_done} done by an earlier run`);
  const repeatable = failed - still_uncertain;
  if (repeatable > 0) parts.push(`${repeatable} failed; run again to repeat them`);
  if (still_uncertain > 0) {
    parts.push(
      `${still_uncertain} failed when sent again and uncertain as before; look in Jira, then ` +
        "--retry-uncertain",
    );
  }
  if (uncertain > 0) parts.push(`${uncertain} uncertain; look in Jira, then --retry-uncertain`);
  if (cancelled > 0) parts.push(`${cancelled} not sent`);
  return parts.join(", ");
}
