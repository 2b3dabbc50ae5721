/** From a downloaded file back to its row. */

import { basename, join } from "@std/path";
import { resolveCallerPath, toFileError } from "../../core/mod.ts";
import { metadataSuffix, readMetadataFile } from "../publishing/mod.ts";
import type { RowContext } from "../row_context.ts";

/**
 * Finds the row that a file was downloaded for, by the metadata file beside it: in the folder and
 * in the folders below it, symbolic links and folders whose names begin with a dot left out.
 *
 * @param filename the file's name or path, of which only the name counts; or that of its metadata
 * file. The file itself need not be there any more.
 * @param downloadsDir a relative path starts where the script was started
 * @returns the row as it was at the time of the download, or null when no metadata file names one
 * @throws FileOperationError when a folder or a metadata file cannot be read.
 */
export async function findRowByFile(
  filename: string,
  downloadsDir: string = "youtube_downloads",
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RowContext | null> {
  const name = basename(filename);
  const wanted = name.endsWith(metadataSuffix) ? name : `${name}${metadataSuffix}`;
  const folders = [resolveCallerPath(downloadsDir)];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    options.signal?.throwIfAborted();
    const metadata = await readMetadataFile(join(folder, wanted));
    if (metadata !== undefined) return metadata.row_context;
    folders.push(...await foldersIn(folder));
  }
  return null;
}

async function foldersIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && !name.startsWith(".")) found.push(join(folder, name));
    }
  } catch (error) {
    throw toFileError(error, "look through", folder);
  }
  return found.sort();
}
