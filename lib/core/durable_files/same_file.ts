/** Whether a path still leads to the file that was opened. */

/**
 * Tells whether a path still names an open file, and not another one that took its place, nothing
 * or a symbolic link. A lock only counts when it does.
 */
export async function isStillAt(path: string, file: Deno.FsFile): Promise<boolean> {
  try {
    const [there, here] = await Promise.all([Deno.lstat(path), file.stat()]);
    return there.isFile && there.ino === here.ino && there.dev === here.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
