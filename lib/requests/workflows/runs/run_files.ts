/** Where runs are kept, and what they are called. */

import { join } from "@std/path";
import { opsdeckHome, ValidationError } from "../../../core/mod.ts";
import type { WorkflowName } from "./run_entry.ts";

const runIdForm = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[0-9a-f]{6}$/;
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

/** Gives the time in an id. */
export function startOfRun(runId: string): Date {
  return new Date(runId.replace(runIdForm, "$1-$2-$3T$4:$5:$6Z"));
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

/** Gives the ids of all runs in a folder, which need not exist, the earliest first. */
export async function runIdsIn(folder: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const id = name.endsWith(ending) ? name.slice(0, -ending.length) : "";
      if (runIdForm.test(id)) ids.push(id);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return ids.sort();
}

/** The first line begins with what is short: kind, id, workflow and time. */
const headBytes = 256;

/**
 * Tells whether a run's journal is of a workflow, by its first bytes alone: one may hold a hundred
 * thousand requests. False too when it cannot be told.
 */
export async function isOfWorkflow(path: string, workflow: WorkflowName): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(headBytes);
    const length = await file.read(head) ?? 0;
    const text = new TextDecoder().decode(head.subarray(0, length));
    return text.includes(`"workflow":${JSON.stringify(workflow)}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // removed meanwhile
    throw error;
  }
}
