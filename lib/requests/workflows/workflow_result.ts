/** What a workflow gives back. */

/** How far a step of a workflow came. */
export type StepStatus = "done" | "failed" | "interrupted" | "not_started";

/** What became of one step. */
export interface WorkflowStep {
  /** The step's name, such as `restore_files`. */
  step: string;
  /** `failed` when at least one of its requests failed; the others were done all the same. */
  status: StepStatus;
  /** The step was finished by an earlier process of this run, and was not repeated. */
  resumed: boolean;
  /** Its outcome in numbers and lists, as the workflow's own documentation says. */
  outcome: Record<string, unknown>;
}

/** The result of a workflow (reference: requests, WorkflowResult). */
export interface WorkflowResult<Data extends WorkflowData = WorkflowData> {
  /** Whether all of it was done, for each request. */
  success: boolean;
  /** What was done, in a sentence without a full stop. */
  message: string;
  /** Every step's outcome, and what the workflow found. */
  data: Data;
  /** How many steps were finished, those finished before a `resume` included. */
  steps_completed: number;
  /** How many steps there were for the parameters given. */
  total_steps: number;
}

/** What every workflow tells. */
export interface WorkflowData extends Record<string, unknown> {
  /** The steps, in their order. */
  steps: WorkflowStep[];
}

/** Hears that a step begins. */
export type StepListener = (step: { number: number; total: number; name: string }) => void;
