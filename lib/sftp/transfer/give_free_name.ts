/** The name that a whole part gets where nothing may be replaced. */

import { lstatIfThere } from "./local_look.ts";
import { localTaken } from "./transfer_error.ts";

/**
 * Renames a part to a name that nobody has. It is linked there, which the system refuses where
 * something is; a rename would replace what another process has put there just now.
 *
 * @throws FileOperationError of {@link localTaken} when the name is taken
 */
export function giveFreeName(partPath: string, targetPath: string): void {
  try {
    Deno.linkSync(partPath, targetPath);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw localTaken(targetPath);
    // Not every file system has links, and where this fails for another reason so does the rename.
    if (lstatIfThere(targetPath) !== undefined) throw localTaken(targetPath);
    Deno.renameSync(partPath, targetPath);
    return;
  }
  try {
    Deno.removeSync(partPath);
  } catch {
    // The file is whole and has its name, which counts.
  }
}
