/** Where each file goes. */

import { join } from "node:path";
import { FileOperationError, resolveCallerPath, ValidationError } from "../../core/mod.ts";
import {
  type NameProblem,
  quoteName,
  remoteFolder,
  remoteNameProblem,
  remotePath,
} from "../connection/mod.ts";
import type { PlannedFile } from "../transfer/mod.ts";
import type { FailedPath, SelectedEntry, Selection } from "./selection.ts";

/** A file and its target. */
export interface PlannedTransfer extends PlannedFile {
  /** Its size, as it was found. */
  bytes: number;
}

/** All targets, and the files that can have none. */
export interface TransferPlan {
  transfers: PlannedTransfer[];
  /** The folders to make that no file makes. */
  emptyFolders: string[];
  failures: FailedPath[];
}

/**
 * Gives each remote file a place in a local folder. Names that a server gives and that are no plain
 * file names have none.
 *
 * @throws ValidationError when two files would go to one place
 */
export function planDownloads(selection: Selection, to: string): TransferPlan {
  const folder = resolveCallerPath(to);
  const plan: TransferPlan = { transfers: [], emptyFolders: [], failures: [] };
  for (const { path, relative } of emptyFolders(selection)) {
    const problem = nameProblem(relative);
    if (problem === undefined) plan.emptyFolders.push(join(folder, relative));
    else plan.failures.push({ path, error: badName(path, problem) });
  }
  for (const { path, relative, size, mtimeMs } of selection.files) {
    const problem = nameProblem(relative);
    if (problem === undefined) {
      const localPath = join(folder, relative);
      const listed = { size, mtimeMs };
      plan.transfers.push({ remotePath: path, localPath, bytes: size, listed });
    } else plan.failures.push({ path, error: badName(path, problem) });
  }
  // macOS and Windows take names that differ in case or in the form of their accents for one.
  const key = Deno.build.os === "linux"
    ? (path: string) => path
    : (path: string) => path.normalize("NFC").toLowerCase();
  checkTargets(plan.transfers.map(({ remotePath, localPath }) => [remotePath, key(localPath)]));
  return plan;
}

/**
 * Gives each local file a place in a remote folder.
 *
 * @throws ValidationError when two files would go to one place
 */
export function planUploads(selection: Selection, to: string): TransferPlan {
  const folder = to === "." ? "" : to;
  const transfers = selection.files.map(({ path, relative, size }) => ({
    localPath: resolveCallerPath(path),
    remotePath: remotePath(folder, relative),
    bytes: size,
  }));
  checkTargets(transfers.map(({ localPath, remotePath }) => [localPath, remotePath]));
  const folders = emptyFolders(selection).map(({ relative }) => remotePath(folder, relative));
  return { transfers, emptyFolders: folders, failures: [] };
}

function emptyFolders({ files, folders }: Selection): SelectedEntry[] {
  const parents = new Set([...files, ...folders].map(({ path }) => remoteFolder(path)));
  return folders.filter(({ path, relative }) => relative !== "" && !parents.has(path));
}

function nameProblem(relative: string): NameProblem | undefined {
  const problems = relative.split("/").map((name) => remoteNameProblem(name));
  return problems.find((problem) => problem !== undefined);
}

function checkTargets(pairs: readonly (readonly [source: string, target: string])[]): void {
  const sources = new Map<string, string>();
  for (const [source, target] of pairs) {
    const other = sources.get(target);
    if (other !== undefined) throw sameTarget(other, source, target);
    sources.set(target, source);
  }
  for (const [source, target] of pairs) {
    for (let at = target.indexOf("/", 1); at > 0; at = target.indexOf("/", at + 1)) {
      const file = sources.get(target.slice(0, at));
      if (file !== undefined) throw sameTarget(file, source, target.slice(0, at));
    }
  }
}

function sameTarget(one: string, other: string, target: string): ValidationError {
  return new ValidationError(
    `Cannot transfer ${quoteName(one)} and ${quoteName(other)} together as both need the name ` +
      `${quoteName(target)}; transfer them apart, to different folders`,
    { code: "SAME_TARGET", context: { target } },
  );
}

function badName(path: string, problem: NameProblem): FileOperationError {
  return new FileOperationError(
    `Cannot download ${quoteName(path)} as its name ${problem}; rename it on the server`,
    { code: "BAD_NAME", context: { remote_path: path } },
  );
}
