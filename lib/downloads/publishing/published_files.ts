/** What a row has got already. */

import { join } from "@std/path";
import { toFileError } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";
import type { RowContext } from "../row_context.ts";
import { type FileMetadata, metadataSuffix, readMetadataFile } from "./metadata_file.ts";

/** A file of a row that was published before. */
export interface EarlierFile {
  /** What its metadata file says. */
  metadata: FileMetadata;
  /** The path of that file. */
  metadata_file: string;
}

/**
 * Finds the files of a row that are published and whole, by their metadata files: those whose file
 * is missing or has another length than it had do not count. A folder that is missing holds none.
 */
export async function findPublishedFiles(
  downloadsFolder: string,
  downloadType: DownloadType,
  rowContext: RowContext,
): Promise<EarlierFile[]> {
  const found: EarlierFile[] = [];
  const suffix = rowContext.toFilenameSuffix();
  for (const name of await namesIn(downloadsFolder)) {
    if (!name.endsWith(metadataSuffix) || !name.includes(suffix)) continue;
    const metadata_file = join(downloadsFolder, name);
    const metadata = await readMetadataFile(metadata_file);
    if (metadata?.row_context.row_id !== rowContext.row_id) continue;
    if (metadata.download_type !== downloadType) continue;
    if (`${metadata.file_name}${metadataSuffix}` !== name) continue;
    if (await isWhole(join(downloadsFolder, metadata.file_name), metadata.size_bytes)) {
      found.push({ metadata, metadata_file });
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw toFileError(error, "read the folder", folder);
  }
}

async function isWhole(path: string, sizeBytes: number): Promise<boolean> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    return isFile && size === sizeBytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw toFileError(error, "look at", path);
  }
}
