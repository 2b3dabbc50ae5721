/** What the scripts of resumable workflows have in common. */

import { ExitCode, ValidationError } from "../../core/mod.ts";
import { exitCodeOfOutcomes, type FileOutcome } from "../files/mod.ts";
import type { WorkflowResult } from "./workflow_result.ts";

/**
 * Refuses options that a resumed run has of its own.
 *
 * @param others their values by what they are called on the command line, such as `--type`; undefined and empty lists are not given
 * @throws ValidationError that names those given beside `--resume`.
 */
export function checkResumeStandsAlone(
  resume: string | undefined,
  others: Readonly<Record<string, unknown>>,
): void {
  if (resume === undefined) return;
  const given = Object.entries(others)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => name);
  if (given.length === 0) return;
  throw new ValidationError(
    `Cannot resume the run ${resume} with ${given.join(", ")} as it goes on under what it began ` +
      "with; leave these out, or start a new run",
    { code: "USAGE" },
  );
}

/**
 * Gives the exit code of a script: 0 when all was done; the code that all requests failed with,
 * such as 2 for a missing login; else 1.
 */
export function workflowExitCode(
  { success }: WorkflowResult,
  outcomes: Iterable<Pick<FileOutcome, "exit_code">>,
): number {
  if (success) return ExitCode.success;
  return exitCodeOfOutcomes(outcomes) || ExitCode.failure;
}
