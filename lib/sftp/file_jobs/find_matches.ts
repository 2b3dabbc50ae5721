/** What a pattern fits in a tree. */

import { isGlob } from "@std/path/is-glob";
import { globToRegExp } from "@std/path/posix/glob-to-regexp";
import { FileOperationError } from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";
import type { FileTree } from "./file_tree.ts";
import { type FoundEntry, maxDepth, walkFolders, type WalkSteps } from "./walk_folders.ts";

/** Tells whether a path may be a pattern. */
export function isPattern(path: string): boolean {
  return isGlob(path);
}

/** Gives the folder before a pattern's first segment with a wildcard. */
export function patternFolder(pattern: string): string {
  const segments = pattern.split("/");
  const first = segments.findIndex((segment) => isGlob(segment));
  return segments.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : ".");
}

/**
 * Finds the entries that fit a pattern: `*` and `?` stand for parts of a name, `**` for folders of
 * any depth. A folder that fits stands for all in it, and is not gone into.
 *
 * @returns entries with their paths from the folder before the first segment with a pattern
 * @throws FileOperationError (`NO_SUCH_FILE`) when nothing fits
 */
export async function findMatches(
  tree: FileTree,
  pattern: string,
  steps: Omit<WalkSteps, "visit">,
): Promise<FoundEntry[]> {
  const segments = pattern.split("/");
  const first = segments.findIndex((segment) => isGlob(segment));
  const folder = patternFolder(pattern);
  const rest = segments.slice(first).join("/");
  const matches = globToRegExp(rest, { extended: true, globstar: true });
  const depth = rest.includes("**") ? maxDepth : segments.length - first;

  const found: FoundEntry[] = [];
  await walkFolders(tree, { folder, relative: "", depth }, {
    ...steps,
    visit(one) {
      const isMatch = matches.test(one.relative);
      if (isMatch) found.push(one);
      return !isMatch;
    },
  });
  if (found.length > 0) return found;
  throw new FileOperationError(
    `Cannot find anything that fits ${quoteName(pattern)}; check the pattern`,
    { code: "NO_SUCH_FILE", context: { path: pattern } },
  );
}
