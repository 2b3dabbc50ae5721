/** Downloading and uploading what a person names. */

import { ConfigurationError, toFileError, ValidationError } from "../../core/mod.ts";
import {
  downloadFiles,
  type FileOutcome,
  previewDownloads,
  previewUploads,
  type TransferManyOptions,
  type TransferProgress,
  uploadFiles,
} from "../transfer/mod.ts";
import { type FileResult, type JobOutcome, jobOutcome } from "./file_report.ts";
import { localTree, remoteTree } from "./file_tree.ts";
import {
  planDownloads,
  type PlannedTransfer,
  planUploads,
  type TransferPlan,
} from "./plan_transfers.ts";
import { selectFiles } from "./select_files.ts";
import { type FailedPath, type Selection, troubleOfPath } from "./selection.ts";
import type { ServerAccess } from "./server_access.ts";

/** What is transferred, and how. */
export interface TransferJobOptions {
  /** Files, folders and patterns. */
  paths: readonly string[];
  /** The folder that they go to. Defaults to the current one: the caller's, or the login's. */
  to?: string | undefined;
  /** Replace different files. */
  force?: boolean;
  /** Go on with unfinished downloads of an earlier run. */
  resume?: boolean;
  /** Compute SHA-256, and compare by it. */
  sha256?: boolean;
  /** Read the remote file again, and compare. */
  verify?: boolean;
  /** Only tell what would be transferred, is there already, or cannot be as another file is. */
  dryRun?: boolean;
  /** Takes no new file, and finishes those in hand. */
  signal: AbortSignal;
  /** Hears how many bytes there are, before the first of them comes. */
  onPlan?: (bytes: number) => void;
  /** Hears how far it is. */
  onProgress?: (progress: TransferProgress) => void;
}

/**
 * Downloads files, folders and patterns. A folder keeps its structure; one bad file does not stop
 * the others.
 *
 * @throws ValidationError before anything is transferred, when two files would get one name
 */
export async function getFiles(
  access: ServerAccess,
  options: TransferJobOptions,
): Promise<JobOutcome> {
  return await transferFiles(options, {
    action: "get",
    select: () =>
      access.repeatable((connection) =>
        selectFiles(remoteTree(connection, options.signal), options.paths, options)
      ),
    plan: planDownloads,
    makeFolder: makeLocalFolder,
    transfer: async (transfers, settings) =>
      await (options.dryRun ? previewDownloads : downloadFiles)(await access.connect(), transfers, {
        ...settings,
        resume: options.resume ?? false,
        reconnect: () => access.reconnect(),
      }),
  });
}

/** Uploads files, folders and patterns; otherwise as {@link getFiles}. */
export async function putFiles(
  access: ServerAccess,
  options: TransferJobOptions,
): Promise<JobOutcome> {
  return await transferFiles(options, {
    action: "put",
    select: () => selectFiles(localTree(options.signal), options.paths, options),
    plan: planUploads,
    makeFolder: (folder) =>
      access.repeatable((connection) => connection.mkdir(folder, { recursive: true })),
    transfer: async (transfers, settings) =>
      await (options.dryRun ? previewUploads : uploadFiles)(await access.connect(), transfers, {
        ...settings,
        reconnect: () => access.reconnect(),
      }),
  });
}

/** What is different in the two directions. */
interface Direction {
  action: "get" | "put";
  select(): Promise<Selection>;
  plan(selection: Selection, to: string): TransferPlan;
  makeFolder(path: string): Promise<void>;
  transfer(pairs: PlannedTransfer[], settings: TransferManyOptions): Promise<FileOutcome[]>;
}

async function transferFiles(
  options: TransferJobOptions,
  direction: Direction,
): Promise<JobOutcome> {
  const { paths, to = ".", dryRun = false } = options;
  const startedAt = performance.now();
  if (paths.length === 0) {
    throw new ValidationError("Cannot transfer anything as no file is named; name files", {
      code: "USAGE",
    });
  }
  const selection = await direction.select();
  const { transfers, emptyFolders, failures } = direction.plan(selection, to);
  const fail = ({ path, error }: FailedPath): FileResult => ({
    status: "failed",
    [direction.action === "get" ? "remotePath" : "localPath"]: path,
    error,
  });
  const results = [...selection.failures, ...failures].map(fail);
  if (!dryRun) {
    for (const path of emptyFolders) {
      try {
        await direction.makeFolder(path);
      } catch (error) {
        const side = direction.action === "get" ? "localPath" : "remotePath";
        results.push({ status: "failed", [side]: path, error: troubleOfPath(error) });
      }
    }
  }
  results.push(...await transferAll(transfers, options, direction));
  const { setAside } = selection;
  return jobOutcome(direction.action, results, { dryRun, setAside, startedAt });
}

async function transferAll(
  transfers: PlannedTransfer[],
  { signal, onPlan, onProgress, ...options }: TransferJobOptions,
  direction: Direction,
): Promise<FileResult[]> {
  if (transfers.length === 0) return [];
  const { dryRun = false } = options;
  if (!dryRun) onPlan?.(transfers.reduce((sum, { bytes }) => sum + bytes, 0));
  const outcomes = await direction.transfer(transfers, {
    overwrite: options.force ?? false,
    sha256: options.sha256 ?? false,
    verify: options.verify ?? false,
    createFolders: true,
    stopSignal: signal,
    ...(onProgress && !dryRun && { onProgress }),
  });
  // A permission that Deno lacks concerns all files alike, and its error ends the run.
  const errors = outcomes.flatMap((outcome) => outcome.status === "failed" ? [outcome.error] : []);
  const [first] = errors;
  if (first instanceof ConfigurationError && errors.length === transfers.length) throw first;
  return outcomes.map((outcome) =>
    dryRun && outcome.status === "done" ? { ...outcome, status: "planned" } : outcome
  );
}

async function makeLocalFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw toFileError(error, "create", path);
  }
}
