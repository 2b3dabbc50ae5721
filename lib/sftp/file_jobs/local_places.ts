/** Which places of this machine paths and patterns lead to. */

import { isPattern, patternFolder } from "./find_matches.ts";
import { plainPath } from "./select_files.ts";

/**
 * Gives the files and folders that have to be read for paths of this machine: each path itself,
 * and for a pattern the folder before its first segment with one.
 */
export function localPlaces(paths: readonly string[]): string[] {
  return paths.map(plainPath).flatMap((path) =>
    // A file whose name looks like a pattern lies in that folder as well.
    isPattern(path) ? [patternFolder(path)] : [path]
  );
}
