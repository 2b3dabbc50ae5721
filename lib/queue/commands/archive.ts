/** `queue archive`: moving old finished records away, or deleting them for good. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import {
  archiveRecords,
  archiveStatuses,
  archiveText,
  checkPurgeIsWanted,
} from "../archive/mod.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runArchive} is told. */
export interface ArchiveCommandOptions {
  /** The age of the records, in milliseconds. */
  olderThan: number;
  /** Only this flow. */
  flow?: string | undefined;
  /** `completed`, `failed` or `all`. */
  status: string;
  /** The file that they are written to before they leave. */
  export?: string | undefined;
  /** Delete from the archive, in the place of filling it. */
  purge: boolean;
  /** Purge without asking. */
  yes: boolean;
  /** Records a transaction. */
  batchSize: number;
  /** Only count. */
  dryRun: boolean;
}

/**
 * Archives or purges records.
 *
 * @throws ValidationError when a purge is not confirmed; the errors of `archiveRecords`.
 */
export async function runArchive(
  options: ArchiveCommandOptions,
  context: ScriptContext,
): Promise<void> {
  const { olderThan, flow, status, purge, dryRun, batchSize } = options;
  if (purge && !dryRun) {
    const what = `what is that old${flow === undefined ? "" : ` of ${flow}`}`;
    await checkPurgeIsWanted({ ...options, what, ...context });
  }
  await using database = openCommandDatabase("archive", context, flow);
  using progress = context.progress({ label: purge ? "Purging" : "Archiving" });
  const report = await archiveRecords(database, {
    olderThanMs: olderThan,
    flowName: flow,
    status: archiveStatuses.find((one) => one === status) ?? "all",
    exportPath: options.export,
    purge,
    dryRun,
    batchSize,
    signal: context.signal,
    onProgress: (count) => progress.advance(count),
  });
  progress[Symbol.dispose]();
  context.result(report, () => archiveText(report, purge));
}
