/** What the journal of a run holds, line by line. */

import { ValidationError } from "../../../core/mod.ts";
import type { RequestRow } from "../../request_row.ts";

/** The workflows, all of which are kept as runs. */
export type WorkflowName = "bulk_file_download" | "district_refresh" | "integration_monitoring";

/** A request as the run found it; times are ISO 8601. */
export interface FoundRequest extends
  Pick<
    RequestRow,
    | "RequestID"
    | "DistrictID"
    | "DataRequestTypeID"
    | "DataRequestTypeName"
    | "ImportedFileName"
    | "Status"
  > {
  /** When it was requested; null when that was never recorded. */
  RequestTime: string | null;
}

/** The beginning of a run: all that it needs to go on. */
export interface RunStart {
  /** Tells it from the other entries. */
  kind: "started";
  /** The run's id. */
  run_id: string;
  /** What it does. */
  workflow: WorkflowName;
  /** When it began, ISO 8601. */
  at: string;
  /** The environment and the database it works on; a run is never resumed on another one. */
  place: string;
  /** The workflow's parameters, and what its first step has found besides requests. */
  parameters: Record<string, unknown>;
  /** The requests that it works on; none when it only counts them. */
  requests: FoundRequest[];
}

/** What became of one request in one step. The last entry of a request and step holds. */
export interface RequestEntry {
  /** Tells it from the other entries. */
  kind: "request";
  /** The step. */
  step: string;
  /** The request. */
  request_id: number;
  /** Its outcome, as the step gives it. */
  outcome: Record<string, unknown>;
}

/** The end of a process that worked on the run. A resumed run has several. */
export interface RunEnd {
  /** Tells it from the other entries. */
  kind: "ended";
  /** When, ISO 8601. */
  at: string;
  /** `failed` and `stopped` runs can be resumed. */
  status: "succeeded" | "failed" | "stopped";
  /** What was done. */
  message: string;
}

/** A line of the journal. */
export type RunEntry = RunStart | RequestEntry | RunEnd;

/**
 * Reads an entry.
 *
 * @throws ValidationError when it is none.
 */
export function parseRunEntry(value: unknown): RunEntry {
  if (isObject(value)) {
    if (isRunStart(value) || isRequestEntry(value) || isRunEnd(value)) return value;
  }
  throw new ValidationError(`it is no entry of a run: ${JSON.stringify(value)?.slice(0, 200)}`);
}

function isRunStart(value: object): value is RunStart {
  return "kind" in value && value.kind === "started" &&
    "run_id" in value && typeof value.run_id === "string" &&
    "workflow" in value && isWorkflowName(value.workflow) &&
    "at" in value && typeof value.at === "string" &&
    "place" in value && typeof value.place === "string" &&
    "parameters" in value && isObject(value.parameters) &&
    "requests" in value && Array.isArray(value.requests) && value.requests.every(isFoundRequest);
}

function isWorkflowName(value: unknown): value is WorkflowName {
  return value === "bulk_file_download" || value === "district_refresh" ||
    value === "integration_monitoring";
}

function isFoundRequest(value: unknown): value is FoundRequest {
  return isObject(value) && "RequestID" in value && Number.isSafeInteger(value.RequestID) &&
    "DistrictID" in value && Number.isSafeInteger(value.DistrictID) &&
    "DataRequestTypeID" in value && Number.isSafeInteger(value.DataRequestTypeID) &&
    "DataRequestTypeName" in value && typeof value.DataRequestTypeName === "string";
}

function isRequestEntry(value: object): value is RequestEntry {
  return "kind" in value && value.kind === "request" &&
    "step" in value && typeof value.step === "string" &&
    "request_id" in value && Number.isSafeInteger(value.request_id) &&
    "outcome" in value && isObject(value.outcome);
}

function isRunEnd(value: object): value is RunEnd {
  return "kind" in value && value.kind === "ended" &&
    "at" in value && typeof value.at === "string" &&
    "status" in value &&
    (value.status === "succeeded" || value.status === "failed" || value.status === "stopped") &&
    "message" in value && typeof value.message === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
