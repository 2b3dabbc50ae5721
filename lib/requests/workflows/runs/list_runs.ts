/** The runs that there are. */

import { isFileLockHeld, readJournal } from "../../../core/mod.ts";
import { textTable } from "../../../core/command_line/mod.ts";
import { parseRunEntry, type RunEntry, type WorkflowName } from "./run_entry.ts";
import { runIdsIn, runPath, runsFolder } from "./run_files.ts";

/** A run in short. */
export interface RunSummary {
  /** Its id, for `--resume`. */
  run_id: string;
  /** What it does; null when its journal cannot be read. */
  workflow: WorkflowName | null;
  /** When it began, ISO 8601; null when its journal cannot be read. */
  started_at: string | null;
  /**
   * `running`: a process works on it, or, where its lock may not be looked at, as that of another
   * user may be, perhaps works on it; `interrupted`: its process was killed; `unreadable`: its
   * journal is damaged; else how it ended: `stopped` leaves work, `failed` leaves what failed.
   */
  status: "running" | "interrupted" | "unreadable" | "succeeded" | "failed" | "stopped";
  /** Where it works: environment and database; null when its journal cannot be read. */
  place: string | null;
  /** How many requests it works on; 0 when it only counts them. */
  requests: number;
  /** What it said at its end; null when it has not ended. */
  message: string | null;
}

/** Lists the runs of a workflow, or of all, the latest first. Changes nothing. */
export async function listRuns(
  workflow?: WorkflowName,
  { folder = runsFolder() }: { folder?: string } = {},
): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for (const id of (await runIdsIn(folder)).reverse()) {
    const run = await summarize(folder, id);
    if (workflow === undefined || run.workflow === null || run.workflow === workflow) {
      runs.push(run);
    }
  }
  return runs;
}

/** Writes the runs for a terminal. */
export function runsText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return "There is no run";
  return textTable(
    ["RUN", "STATUS", "REQUESTS", "STARTED", "ON", "SAID"],
    runs.map((run) => [
      run.run_id,
      run.status,
      run.requests || null,
      run.started_at?.slice(0, 19).replace("T", " "),
      run.place,
      run.message,
    ]),
  );
}

async function summarize(folder: string, runId: string): Promise<RunSummary> {
  const path = runPath(folder, runId);
  let entries: RunEntry[];
  try {
    ({ entries } = await readJournal(path, parseRunEntry));
  } catch {
    return {
      run_id: runId,
      workflow: null,
      started_at: null,
      status: "unreadable",
      place: null,
      requests: 0,
      message: null,
    };
  }
  const [start] = entries;
  const last = entries.at(-1);
  const ended = last?.kind === "ended" ? last : undefined;
  return {
    run_id: runId,
    workflow: start?.kind === "started" ? start.workflow : null,
    started_at: start?.kind === "started" ? start.at : null,
    status: await isFileLockHeld(path) ? "running" : ended?.status ?? "interrupted",
    place: start?.kind === "started" ? start.place : null,
    requests: start?.kind === "started" ? start.requests.length : 0,
    message: ended?.message ?? null,
  };
}
