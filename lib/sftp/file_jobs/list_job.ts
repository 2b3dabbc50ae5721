/** Listing what is on a server. */

import { singleLine, textTable } from "../../core/command_line/mod.ts";
import { quoteName, type RemoteKind } from "../connection/mod.ts";
import { exitCodeOf } from "./file_report.ts";
import { type FileTree, remoteTree, type TreeEntry } from "./file_tree.ts";
import { findMatches, isPattern } from "./find_matches.ts";
import { nothingThere, plainPath } from "./select_files.ts";
import { type FailedPath, troubleOfPath } from "./selection.ts";
import type { ServerAccess } from "./server_access.ts";
import { maxDepth, walkFolders } from "./walk_folders.ts";

/** What is listed, and how. */
export interface ListJobOptions {
  /** Folders, files and patterns. Defaults to the folder that the login starts in. */
  paths: readonly string[];
  /** Go into folders. */
  recursive?: boolean;
  /** Names and paths from A to Z, the biggest first, or the newest first. Defaults to `name`. */
  sort?: ListOrder;
  /** Ends it. */
  signal: AbortSignal;
}

/** The orders of a list. */
export const listOrders = ["name", "size", "time"] as const;

/** One of {@link listOrders}. */
export type ListOrder = typeof listOrders[number];

/** What a program is told of an entry. */
export interface ListedEntry {
  /** Its path on the server. */
  path: string;
  /** The last part of its path. */
  name: string;
  /** What it is. */
  kind: RemoteKind;
  /** Bytes; what a folder's and a link's mean is the server's affair. */
  size: number;
  /** When it was changed: ISO 8601, UTC. */
  mtime: string;
  /** Its permissions, in octal digits: `644`. */
  mode: string;
}

/** What a list holds. */
export interface ListReport {
  /** What was found. */
  entries: ListedEntry[];
  /** Paths that could not be listed. */
  failed: { path: string; error: string }[];
}

/** What was listed, and how its script ends. */
export interface ListOutcome {
  /** What was listed. */
  report: ListReport;
  /** As in `JobOutcome`. */
  exitCode: number;
}

/** Lists folders, files and what fits patterns; links are shown as themselves. */
export async function listFiles(
  access: ServerAccess,
  options: ListJobOptions,
): Promise<ListOutcome> {
  const { paths, sort = "name", signal } = options;
  const { entries, failures } = await access.repeatable(async (connection) => {
    const entries = new Map<string, TreeEntry>();
    const failures: FailedPath[] = [];
    const onFailure = (path: string, error: unknown) => {
      failures.push({ path, error: troubleOfPath(error) });
    };
    for (const path of paths.length === 0 ? ["."] : paths) {
      try {
        const found = await listPath(remoteTree(connection, signal), path, options, onFailure);
        for (const entry of found) entries.set(entry.path, entry);
      } catch (error) {
        onFailure(path, error);
      }
    }
    return { entries: [...entries.values()], failures };
  });
  return {
    report: {
      entries: entries.sort(orders[sort]).map(toListed),
      failed: failures.map(({ path, error }) => ({ path, error: error.message })),
    },
    exitCode: exitCodeOf(failures.map(({ error }) => error)),
  };
}

/** Writes a list for a person. */
export function listText({ entries, failed }: ListReport): string {
  const rows = entries.map(({ kind, size, mtime, path }) => [
    kind === "file" ? "" : kind === "directory" ? "folder" : kind === "symlink" ? "link" : kind,
    kind === "file" ? size : null,
    mtime.replace("T", " ").replace(/(:\d\d)\..*$/, "$1"),
    visible(path),
  ]);
  const isEmpty = entries.length === 0 && failed.length === 0;
  return [
    ...isEmpty ? ["Nothing there"] : [],
    ...entries.length > 0 ? [textTable(["Kind", "Size", "Changed", "Path"], rows)] : [],
    ...failed.map(({ error }) => `failed: ${singleLine(error)}`),
  ].join("\n");
}

async function listPath(
  tree: FileTree,
  given: string,
  { recursive = false, signal }: ListJobOptions,
  onFailure: (path: string, error: unknown) => void,
): Promise<TreeEntry[]> {
  const path = plainPath(given);
  const entry = await tree.lookAt(path);
  if (entry === undefined) {
    if (!isPattern(path)) throw nothingThere(path);
    return (await findMatches(tree, path, { onFailure, signal })).map(({ entry }) => entry);
  }
  if (entry.kind !== "directory") return [entry];
  const entries: TreeEntry[] = [];
  await walkFolders(tree, { folder: path, relative: "", depth: recursive ? maxDepth : 1 }, {
    onFailure,
    signal,
    visit({ entry }) {
      entries.push(entry);
      return recursive;
    },
  });
  return entries;
}

const orders: Record<ListOrder, (a: TreeEntry, b: TreeEntry) => number> = {
  name: (a, b) => a.path < b.path ? -1 : 1,
  size: (a, b) => fileSize(b) - fileSize(a) || orders.name(a, b),
  time: (a, b) => b.mtimeMs - a.mtimeMs || orders.name(a, b),
};

/** The size of a folder or link says nothing about what is in it. */
function fileSize({ kind, size }: TreeEntry): number {
  return kind === "file" ? size : 0;
}

function toListed({ path, name, kind, size, mtimeMs, mode }: TreeEntry): ListedEntry {
  const mtime = new Date(mtimeMs).toISOString();
  return { path, name, kind, size, mtime, mode: mode.toString(8).padStart(3, "0") };
}

/** Quotes only what would not stand in a line as it is. */
function visible(path: string): string {
  const quoted = quoteName(path);
  return quoted === `'${path}'` ? path : quoted;
}
