/** Downloading the files of requests. */

import { FileOperationError, resolveCallerPath, ValidationError } from "../../core/mod.ts";
import {
  downloadFiles,
  type FileOutcome as TransferOutcome,
  type TransferredFile,
} from "../../sftp/mod.ts";
import type { DownloadOutcome } from "./file_outcome.ts";
import type { DownloadOptions, FileSources } from "./file_options.ts";
import { findFiles, type FoundFile } from "./find_downloads.ts";
import { removeStaleParts } from "./stale_parts.ts";
import { type ServerWork, workByServer } from "./work_by_server.ts";

/** How {@link downloadRequestFiles} downloads. */
export interface DownloadSettings extends DownloadOptions {
  /** The folder to download to; made where it is missing. Defaults to `~/Downloads`. */
  localDir?: string;
  /** Shows a progress line when stderr is a terminal. Defaults to true. */
  showProgress?: boolean;
}

/**
 * Downloads the file of each request from its SFTP directory, or else its processed copy (as
 * `restoreRequestFiles` finds it; a packed one as it is), to `<RequestID>_<name>` in `localDir`.
 * The same file there already is left; another is refused without `force`. Partial files never
 * carry the final name; the next download goes on with one of more than 1 MiB, and removes smaller
 * ones that are a day old (reference: requests, download_files).
 *
 * @returns what became of each request, by its id; one that fails does not stop the others
 * @throws ValidationError when an id is no whole number, or `maxConcurrent` none from 1 to 256
 * @throws DatabaseConnectionError when the requests cannot be read
 */
export async function downloadRequestFiles(
  sources: FileSources,
  requestIds: readonly number[],
  settings: DownloadSettings = {},
): Promise<Map<number, DownloadOutcome>> {
  const { localDir = "~/Downloads", showProgress = true, ...options } = settings;
  if (localDir === "") {
    throw new ValidationError("Cannot download files as the folder's name is empty; name a folder");
  }
  const folder = resolveCallerPath(localDir);
  let tidied: Promise<unknown> | undefined;
  return await workByServer<DownloadOutcome>(sources, requestIds, { ...options, showProgress }, {
    label: "Downloading",
    blank: { found_in: null },
    async work(server) {
      if (!options.dryRun) await (tidied ??= removeStaleParts(folder));
      await downloadFromServer(server, folder, options);
    },
  });
}

async function downloadFromServer(
  server: ServerWork<DownloadOutcome>,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  const { access } = server;
  const { signal, stopSignal, force = false, verify = false, dryRun = false } = options;
  const looked = await access.repeatable((connection) =>
    findFiles(connection, server.requests, folder, signal)
  );
  for (const { request, error, known } of looked.missing) {
    server.fail(request.requestId, error, known);
  }
  const { found } = looked;
  if (dryRun) {
    for (const one of found) await planDownload(server, one, force);
    return;
  }
  const pairs = found.map(({ file, localPath }) => ({ remotePath: file.path, localPath }));
  const outcomes = await downloadFiles(await access.connect(), pairs, {
    signal,
    stopSignal,
    overwrite: force,
    verify,
    sha256: verify,
    resume: true,
    createFolders: true,
    reconnect: () => access.reconnect(),
    ...(server.atOnce !== undefined && { concurrency: server.atOnce }),
  });
  for (const [index, one] of found.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined) settleDownload(server, one, outcome);
  }
}

function settleDownload(
  server: ServerWork<DownloadOutcome>,
  { request: { requestId }, known }: FoundFile,
  outcome: TransferOutcome,
): void {
  switch (outcome.status) {
    case "done":
      return server.settle(requestId, { ...known, ...arrived(outcome), status: "downloaded" });
    case "skipped":
      return server.settle(requestId, { ...known, ...arrived(outcome), status: "skipped" });
    case "stopped":
      return server.stop(requestId, known);
    case "failed":
      return server.fail(requestId, outcome.error, { ...known, bytes: null });
  }
}

function arrived({ bytes, sha256 }: TransferredFile) {
  return { bytes, sha256: sha256 ?? null };
}

async function planDownload(
  server: ServerWork<DownloadOutcome>,
  { request: { requestId }, file, localPath, known }: FoundFile,
  force: boolean,
): Promise<void> {
  const there = await lookAt(localPath);
  if (there === undefined || force) {
    return server.settle(requestId, { ...known, status: "planned" });
  }
  const isSame = there.isFile && there.size === file.size &&
    Math.floor((there.mtime?.getTime() ?? 0) / 1000) === Math.floor(file.mtimeMs / 1000);
  if (isSame) return server.settle(requestId, { ...known, status: "skipped" });
  server.fail(
    requestId,
    new FileOperationError(
      `Cannot write '${localPath}' as the file exists and differs; choose another folder or say ` +
        "that it may be replaced",
      { code: "LOCAL_FILE_EXISTS", context: { file_path: localPath } },
    ),
    { ...known, bytes: null },
  );
}

async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
