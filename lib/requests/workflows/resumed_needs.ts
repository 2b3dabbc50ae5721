/** What a kept run needs of this machine and of servers, which its journal alone tells. */

import { isText } from "./kept_values.ts";
import { readRunStart, type WorkflowName } from "./runs/mod.ts";

/** What a run that is gone on with reads, writes and talks to. */
export interface ResumedNeeds {
  /** Folders that are written, and read. */
  writes: string[];
  /** Files that are replaced at once. */
  replaces: string[];
  /** The districts whose servers are talked to. */
  districts: number[];
  /** Whether files are restored. */
  restores: boolean;
}

/**
 * Reads what a run works with from the first entry of its journal.
 *
 * @returns undefined when there is no such run, or it is of another workflow: resuming it says so
 * @throws ValidationError when the id has not the form of one.
 * @throws FileOperationError when the journal is damaged, or cannot be read.
 */
export async function resumedNeeds(
  runId: string,
  workflow: WorkflowName,
): Promise<ResumedNeeds | undefined> {
  const start = await readRunStart(runId);
  if (start?.workflow !== workflow) return undefined;
  const { local_dir, temp_dir, restore_files, html } = start.parameters;
  const restores = restore_files === true;
  const hasFiles = restores || workflow === "bulk_file_download";
  return {
    writes: [local_dir, restores ? temp_dir : undefined].filter(isText),
    replaces: [html].filter(isText),
    districts: hasFiles ? [...new Set(start.requests.map(({ DistrictID }) => DistrictID))] : [],
    restores,
  };
}
