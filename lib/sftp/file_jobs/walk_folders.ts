/** Goes through a tree, folder by folder, several at a time. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName, remotePath } from "../connection/mod.ts";
import type { FileTree, TreeEntry } from "./file_tree.ts";

/** What was found on the way. */
export interface FoundEntry {
  entry: TreeEntry;
  /** Its path from where the walk began. */
  relative: string;
}

/** Where a walk begins, and how deep it goes. */
export interface WalkStart {
  folder: string;
  /** What the relative paths begin with. */
  relative: string;
  /** How many levels of folders are listed; {@link maxDepth} at most. */
  depth: number;
}

/** What is done on the way. */
export interface WalkSteps {
  /** Looks at an entry, and tells whether to go into it. */
  visit(found: FoundEntry): boolean;
  /** Hears of a folder that cannot be listed and of a name that is a trap. */
  onFailure(path: string, error: unknown): void;
  /** Ends the walk. */
  signal: AbortSignal | undefined;
}

/** Deeper folders are a server's mistake or its malice. */
export const maxDepth = 100;

/** Enough to hide the way to a distant server. */
const foldersAtOnce = 16;

/** Visits all entries of a folder and of the folders in it that `visit` lets it go into. */
export async function walkFolders(
  tree: FileTree,
  start: WalkStart,
  steps: WalkSteps,
): Promise<void> {
  let level = [start];
  while (level.length > 0) {
    const next: WalkStart[] = [];
    for (let at = 0; at < level.length; at += foldersAtOnce) {
      steps.signal?.throwIfAborted();
      const found = await Promise.all(
        level.slice(at, at + foldersAtOnce).map(async (place) => ({
          place,
          entries: await list(tree, place.folder, steps),
        })),
      );
      for (const { place, entries } of found) {
        for (const entry of entries) {
          const relative = remotePath(place.relative, entry.name);
          if (!steps.visit({ entry, relative }) || entry.kind !== "directory") continue;
          next.push({ folder: entry.path, relative, depth: place.depth - 1 });
        }
      }
    }
    level = next.filter(({ depth, folder }) => {
      const isTooDeep = depth === 0 && start.depth === maxDepth;
      if (isTooDeep) steps.onFailure(folder, tooDeep(folder));
      return depth > 0;
    });
  }
}

async function list(tree: FileTree, folder: string, steps: WalkSteps): Promise<TreeEntry[]> {
  try {
    const entries = await tree.list(folder);
    return entries.filter(({ name, path }) => {
      const isTrap = ["", ".", ".."].includes(name) || name.includes("/");
      if (isTrap) steps.onFailure(path, trap(folder, name));
      return !isTrap;
    });
  } catch (error) {
    steps.onFailure(folder, error);
    return [];
  }
}

function tooDeep(folder: string): FileOperationError {
  return new FileOperationError(
    `Cannot go through ${quoteName(folder)} as folders are nested more than ${maxDepth} deep; ` +
      "name a folder further down",
    { code: "TOO_DEEP", context: { path: folder } },
  );
}

function trap(folder: string, name: string): FileOperationError {
  return new FileOperationError(
    `Cannot take ${quoteName(name)} in ${quoteName(folder)} as the name leads out of its folder; ` +
      "ask the server's operator what it is",
    { code: "BAD_NAME", context: { path: folder } },
  );
}
