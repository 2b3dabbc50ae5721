/** How much room is left. */

import { FileOperationError } from "./errors/error_classes.ts";
import { permissionMissing } from "./errors/permission_missing.ts";

/**
 * Gives how many bytes this user may still write where a folder is; needs `--allow-sys=statfs`.
 *
 * @throws FileOperationError (`STATFS`) when the folder is missing or its file system does not say.
 * @throws ConfigurationError (`PERMISSION_MISSING`) when Deno may not look.
 */
export async function freeBytes(folder: string): Promise<number> {
  // Every script would wait 14 ms for it.
  const { statfs } = await import("node:fs/promises");
  try {
    const { bavail, bsize } = await statfs(folder);
    return Number(bavail) * Number(bsize);
  } catch (error) {
    throw permissionMissing(error) ?? new FileOperationError(
      `Cannot find out how much room is left as the file system of "${folder}" does not say`,
      { code: "STATFS", context: { file_path: folder }, cause: error },
    );
  }
}
