/** Which files of a source folder are taken. */

import { type RemoteFile, remoteNameProblem } from "../connection/mod.ts";
import { isParkedName } from "./claim_names.ts";

/** A PDF that is left where it is, and why. */
export interface SetAsideFile {
  /** Its name as the server gives it, which may hold anything. */
  name: string;
  /** What is wrong with it, such as `is a symbolic link`. */
  reason: string;
}

/** What a source folder holds. */
export interface SourceFiles {
  /** Regular files that can be taken, in the order of their names. */
  candidates: RemoteFile[];
  /** What looks like a PDF and cannot be taken. */
  setAside: SetAsideFile[];
}

/**
 * Sorts a folder's listing: names that end in `.pdf`, in any case, are looked at, all others are
 * somebody else's. Only regular files with harmless names are taken.
 */
export function sortSourceFiles(files: readonly RemoteFile[]): SourceFiles {
  const sorted: SourceFiles = { candidates: [], setAside: [] };
  for (const file of files.toSorted(byName)) {
    if (!/\.pdf$/i.test(file.name)) continue;
    const reason = setAsideReason(file);
    if (reason === undefined) sorted.candidates.push(file);
    else sorted.setAside.push({ name: file.name, reason });
  }
  return sorted;
}

/** Why a file is not ready after two looks. */
export type UnstableReason = "is empty" | "is changing" | "is gone" | "is no regular file";

/** A file that is not ready yet. */
export interface UnstableFile {
  /** Its name, or its path where it was claimed. */
  name: string;
  /** Why it is not. */
  reason: UnstableReason;
}

/** What two looks at a source folder tell. */
export interface WatchedFiles {
  /** Did not change in between. */
  stable: RemoteFile[];
  /** Are empty, or did change. */
  unstable: UnstableFile[];
  /** How many went away: another poller has them. */
  goneCount: number;
}

/** Compares two looks at a folder. What came after the first one is left for later. */
export function compareLooks(first: SourceFiles, second: SourceFiles): WatchedFiles {
  const now = new Map(second.candidates.map((file) => [file.name, file]));
  const watched: WatchedFiles = { stable: [], unstable: [], goneCount: 0 };
  for (const file of first.candidates) {
    const reason = unstableReason(file, now.get(file.name));
    if (reason === undefined) watched.stable.push(file);
    else if (reason === "is gone") watched.goneCount++;
    else watched.unstable.push({ name: file.name, reason });
  }
  return watched;
}

/**
 * Compares two looks at a file, some time apart; undefined when it is ready. An empty file is never
 * ready: an upload that has just begun looks like this, and no PDF is empty.
 */
export function unstableReason(
  before: RemoteFile | undefined,
  now: RemoteFile | undefined,
): UnstableReason | undefined {
  if (now === undefined) return "is gone";
  if (now.kind !== "file") return "is no regular file";
  if (before?.size !== now.size || before.mtimeMs !== now.mtimeMs) return "is changing";
  return now.size === 0 ? "is empty" : undefined;
}

function setAsideReason({ kind, name }: RemoteFile): string | undefined {
  if (kind === "symlink") return "is a symbolic link";
  if (kind === "directory") return "is a folder";
  if (kind === "other") return "is no regular file";
  if (isParkedName(name)) return "is being claimed by a poller";
  return remoteNameProblem(name);
}

function byName(a: RemoteFile, b: RemoteFile): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
