/** Where runs are kept, and what they are called. */

import { join } from "@std/path";
import { opsdeckHome, ValidationError } from "../../../core/mod.ts";

const runIdForm = /^\d{8}-\d{6}-[0-9a-f]{6}$/;
const ending = ".journal";

/** Gives the folder of the runs. It need not exist yet. */
export function runsFolder(): string {
  return join(opsdeckHome(), "runs");
}

/** Makes an id that sorts by time, in UTC, and that no other run has: `20261121-030405-1a2b3c`. */
export function makeRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${time}-${crypto.randomUUID().slice(0, 6)}`;
}

/**
 * Gives the journal's path.
 *
 * @throws ValidationError when the id has not the form of one: it may come from a command line.
 */
export function runPath(folder: string, runId: string): string {
  if (runIdForm.test(runId)) return join(folder, `${runId}${ending}`);
  throw new ValidationError(
    `Cannot resume the run ${JSON.stringify(runId)} as an id looks like 20261121-030405-1a2b3c; ` +
      "list the runs with --runs",
  );
}

/** Gives the id in a journal's name; undefined when the name is of another file. */
export function runIdOf(fileName: string): string | undefined {
  const id = fileName.endsWith(ending) ? fileName.slice(0, -ending.length) : "";
  return runIdForm.test(id) ? id : undefined;
}
