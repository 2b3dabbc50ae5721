/** Runs that nobody will resume any more. */

import { errorReason, getLogger, readJournal, tryFileLock } from "../../../core/mod.ts";
import { parseRunEntry, type WorkflowName } from "./run_entry.ts";
import { isOfWorkflow, runIdsIn, runPath, startOfRun } from "./run_files.ts";

/**
 * How many days a run is kept after its end. Monitoring may be run every few minutes, and a report
 * of yesterday is of no use today.
 */
const keptDays: Readonly<Record<WorkflowName, number>> = {
  bulk_file_download: 30,
  district_refresh: 30,
  integration_monitoring: 1,
};

const dayMs = 86_400_000;

/**
 * Removes the runs of a workflow that ended, whether well or with failures, more than 30 days ago;
 * of monitoring, more than a day ago. Those that were stopped or interrupted stay, as there is work
 * left in them, and so does what cannot be read or removed, such as another operator's where
 * several share a folder: that is logged, as a new run needs none of it.
 *
 * @returns the ids of the runs that were removed
 */
export async function removeOldRuns(
  folder: string,
  workflow: WorkflowName,
  now: Date,
): Promise<string[]> {
  const limit = new Date(now.getTime() - keptDays[workflow] * dayMs);
  const removed: string[] = [];
  for (const id of await runIdsIn(folder)) {
    if (startOfRun(id) >= limit) continue;
    const path = runPath(folder, id);
    try {
      if (await removeIfOld(path, workflow, limit)) removed.push(id);
    } catch (error) {
      getLogger("requests").warning("Cannot remove the old run {path}: {reason}", {
        path,
        reason: errorReason(error),
      });
    }
  }
  return removed;
}

async function removeIfOld(path: string, workflow: WorkflowName, limit: Date): Promise<boolean> {
  if (!await isOfWorkflow(path, workflow)) return false;
  using lock = await tryFileLock(path, { removeOnRelease: true });
  if (lock === undefined || !await hasEndedBefore(path, limit)) return false;
  await Deno.remove(path);
  return true;
}

async function hasEndedBefore(path: string, limit: Date): Promise<boolean> {
  try {
    const { entries } = await readJournal(path, parseRunEntry);
    const last = entries.at(-1);
    return last?.kind === "ended" && last.status !== "stopped" && new Date(last.at) < limit;
  } catch {
    return false; // damaged, or of a later version: a person decides
  }
}
