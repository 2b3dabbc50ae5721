/** What a run began with, without taking it up. */

import { readJournal } from "../../../core/mod.ts";
import { parseRunEntry, type RunStart } from "./run_entry.ts";
import { runPath, runsFolder } from "./run_files.ts";

/**
 * Reads the first entry of a run's journal.
 *
 * @returns undefined when there is no such run, or it ended before it began
 * @throws ValidationError when the id has not the form of one.
 * @throws FileOperationError when the journal is damaged, or cannot be read.
 */
export async function readRunStart(runId: string): Promise<RunStart | undefined> {
  const { entries: [start] } = await readJournal(runPath(runsFolder(), runId), parseRunEntry);
  return start?.kind === "started" ? start : undefined;
}
