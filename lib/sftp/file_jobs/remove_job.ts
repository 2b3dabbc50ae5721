/** Removing what a person names from a server. */

import { ExitCode, inParallel, OpsdeckError, ValidationError } from "../../core/mod.ts";
import { isMissing, quoteName, type SftpConnection } from "../connection/mod.ts";
import { type FileResult, type JobOutcome, jobOutcome } from "./file_report.ts";
import { remoteTree } from "./file_tree.ts";
import { isPlace, plainPath, selectFiles } from "./select_files.ts";
import type { Selection } from "./selection.ts";
import type { ServerAccess } from "./server_access.ts";

/** What is removed, and how. */
export interface RemoveJobOptions {
  /** Files, links and patterns; with `recursive` folders too. */
  paths: readonly string[];
  /** Remove folders with all that is in them. */
  recursive?: boolean;
  /** Only tell what would be removed. */
  dryRun?: boolean;
  /** Ends it after the files in hand. */
  signal: AbortSignal;
  /** Asked before anything is removed; false ends it. Defaults to yes. */
  confirm?: (selection: Selection) => Promise<boolean>;
}

const filesAtOnce = 32;

/**
 * Removes files, links (not what they lead to) and, with `recursive`, folders.
 *
 * @throws ValidationError when nothing is named, or `confirm` says no
 */
export async function removeFiles(
  access: ServerAccess,
  options: RemoveJobOptions,
): Promise<JobOutcome> {
  const { paths, recursive = false, dryRun = false, signal } = options;
  const startedAt = performance.now();
  if (paths.length === 0) {
    throw new ValidationError("Cannot remove anything as no file is named; name files", {
      code: "USAGE",
    });
  }
  for (const path of paths) {
    if (!isPlace(plainPath(path))) continue;
    throw new ValidationError(
      `Cannot remove ${quoteName(path)} as it names a place and not a folder by its name; name it`,
      { code: "USAGE" },
    );
  }
  const selection = await access.repeatable((connection) =>
    selectFiles(remoteTree(connection, signal), paths, { recursive, takeAll: true, signal })
  );
  const results = selection.failures.map(({ path, error }): FileResult => ({
    status: "failed",
    remotePath: path,
    error,
  }));
  const more = { dryRun, setAside: selection.setAside, startedAt };
  if (dryRun) {
    results.push(...selection.files.map(({ path, size }): FileResult => ({
      status: "planned",
      remotePath: path,
      bytes: size,
    })));
    return jobOutcome("rm", results, { ...more, folders: selection.folders.length });
  }
  if (await options.confirm?.(selection) === false) {
    throw new ValidationError("Removed nothing as the answer was not yes", { code: "DECLINED" });
  }

  let serverGone: OpsdeckError | undefined;
  const remove = async (
    path: string,
    work: (connection: SftpConnection) => Promise<void>,
  ): Promise<FileResult> => {
    if (signal.aborted) return { status: "stopped", remotePath: path };
    if (serverGone !== undefined) return { status: "failed", remotePath: path, error: serverGone };
    try {
      await removeOne(access, work);
      return { status: "done", remotePath: path };
    } catch (error) {
      if (!(error instanceof OpsdeckError)) {
        if (signal.aborted) return { status: "stopped", remotePath: path };
        throw error;
      }
      if (error.exitCode === ExitCode.network) serverGone = error;
      return { status: "failed", remotePath: path, error };
    }
  };
  await inParallel(selection.files, filesAtOnce, async ({ path, size }) => {
    results.push({ ...await remove(path, (connection) => connection.remove(path)), bytes: size });
  });
  let folders = 0;
  // The deepest first: a folder comes before those in it.
  for (const { path } of selection.folders.toReversed()) {
    const result = await remove(path, (connection) => connection.rmdir(path));
    if (result.status === "done") folders++;
    else results.push(result);
  }
  return jobOutcome("rm", results, { ...more, folders });
}

/** Removes one thing, over as many connections as it takes. */
async function removeOne(
  access: ServerAccess,
  work: (connection: SftpConnection) => Promise<void>,
): Promise<void> {
  let attempts = 0;
  await access.repeatable(async (connection) => {
    attempts++;
    try {
      await work(connection);
    } catch (error) {
      // The answer to the attempt before was lost, and it was "done".
      if (!(attempts > 1 && isMissing(error))) throw error;
    }
  });
}
