/** Putting one file back. */

import { FileOperationError, OpsdeckError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  quoteName,
  type RemoteFile,
  remoteFileExists,
  type SftpConnection,
} from "../../sftp/mod.ts";
import type { RestoreOutcome } from "./file_outcome.ts";
import { prepareCopy } from "./prepared_copy.ts";
import type { RestoreJob } from "./restore_plan.ts";
import type { RestoreWork } from "./restore_work.ts";

/** What became of a job. */
export type JobOutcome = Partial<RestoreOutcome> & Pick<RestoreOutcome, "status">;

/** A source or target may change between two looks, but not for ever. */
const maxAttempts = 3;

/**
 * Puts a file back, unless the same one is there already. Of two runs that do it at once, the one
 * that comes second finds the first one's file.
 *
 * @param isRepeated the connection was lost on an earlier attempt, which may have succeeded
 * @throws FileOperationError `REMOTE_FILE_EXISTS` when another file is there and `force` is not set;
 * what copying and unpacking throw
 */
export async function restoreOne(
  connection: SftpConnection,
  job: RestoreJob,
  work: RestoreWork,
  isRepeated: boolean,
): Promise<JobOutcome> {
  const { options: { signal, force = false, dryRun = false } } = work;
  const { copy, targetPath } = job;
  if (copy.file.path === targetPath) return { status: "identical", bytes: copy.file.size };
  let { existing } = job;
  if (isRepeated) existing = await lookAt(connection, targetPath, signal);
  for (let attempt = 1;; attempt++) {
    // Unpacking to no end but to tell its size would not be worth it.
    if (dryRun && existing === undefined) {
      const bytes = copy.packing === undefined ? copy.file.size : null;
      return { status: "planned", bytes };
    }
    await using prepared = await prepareCopy(connection, copy, work);
    if (existing !== undefined) {
      if (existing.kind === "file" && await prepared.isSameAs(existing)) {
        const isOurs = isRepeated && job.existing === undefined;
        const found = { bytes: prepared.bytes, sha256: prepared.sha256 ?? null };
        return isOurs
          ? { ...found, status: "restored", method: prepared.method }
          : { ...found, status: "identical" };
      }
      if (!force || existing.kind !== "file") throw refused(connection, existing, targetPath);
      if (dryRun) return { status: "planned", bytes: prepared.bytes, replaced: true };
    }
    try {
      const isReplaced = existing !== undefined;
      const placed = await prepared.place(targetPath, isReplaced);
      return { ...placed, status: "restored", replaced: isReplaced };
    } catch (error) {
      if (attempt >= maxAttempts || !mayBeOvertaken(error)) throw error;
      existing = await lookAt(connection, targetPath, signal);
      // The source, or the temporary file, has gone: for a new copy, or for good.
      if (existing === undefined) copy.file = await connection.lstat(copy.file.path, { signal });
    }
  }
}

/** Whether what failed may have been another one's doing, so that a second look can help. */
function mayBeOvertaken(error: unknown): boolean {
  return isTaken(error) || isMissing(error) ||
    (error instanceof OpsdeckError && error.code === "SOURCE_CHANGED");
}

async function lookAt(
  connection: SftpConnection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<RemoteFile | undefined> {
  try {
    return await connection.lstat(path, { signal });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function refused(
  { server }: SftpConnection,
  existing: RemoteFile,
  targetPath: string,
): FileOperationError {
  const what = existing.kind === "file"
    ? `a different file of ${existing.size} bytes is there; look at it, then replace it with force`
    : `what is there is no regular file (${existing.kind}); look at it, and move it away`;
  return new FileOperationError(
    `Cannot restore ${quoteName(targetPath)} on ${server} as ${what}`,
    { code: remoteFileExists, context: { remote_path: targetPath, server } },
  );
}
