/** Looking at local files, links as themselves. */

import { toFileError } from "../../core/mod.ts";

/** Gives what is at a path, a link as itself. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, "look at", path);
  }
}
