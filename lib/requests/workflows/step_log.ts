/** The steps of a workflow as they come about. */

import type { StepListener, StepStatus, WorkflowStep } from "./workflow_result.ts";

/** Keeps what became of each step, in their order. */
export class StepLog<Name extends string = string> {
  readonly #names: readonly Name[];
  readonly #onStep: StepListener | undefined;
  readonly #steps = new Map<Name, WorkflowStep>();

  /** Prepares it for the steps of these names. */
  constructor(names: readonly Name[], onStep?: StepListener) {
    this.#names = names;
    this.#onStep = onStep;
  }

  /** Tells the listener that a step begins. */
  begin(name: Name): void {
    this.#onStep?.({ number: this.#names.indexOf(name) + 1, total: this.#names.length, name });
  }

  /** Keeps how a step came out. */
  finish(
    name: Name,
    outcome: Record<string, unknown>,
    { status = "done", resumed = false }: { status?: StepStatus; resumed?: boolean } = {},
  ): void {
    this.#steps.set(name, { step: name, status, resumed, outcome });
  }

  /** All steps, those that were not begun included. */
  get steps(): WorkflowStep[] {
    return this.#names.map((step) =>
      this.#steps.get(step) ?? { step, status: "not_started", resumed: false, outcome: {} }
    );
  }

  /** The numbers of a result. A step whose requests failed in part has come to its end too. */
  get counts(): { steps_completed: number; total_steps: number } {
    const ended = [...this.#steps.values()].filter(({ status }) => status !== "interrupted");
    return { steps_completed: ended.length, total_steps: this.#names.length };
  }
}
