/** Giving a finished download its final name, with its metadata beside it. */

import { dirname, join } from "@std/path";
import { FileOperationError, syncFolder, toFileError } from "../../core/mod.ts";
import type { RowContext } from "../row_context.ts";
import { checksumFile } from "./checksum_file.ts";
import { type FileNameParts, publishedName } from "./file_name.ts";
import {
  type FileMetadata,
  metadataSuffix,
  readMetadataFile,
  type SourceDetails,
  writeMetadataFile,
} from "./metadata_file.ts";

/** What {@link publishFile} publishes, and as what; items of one row have different stems. */
export interface Publication extends FileNameParts {
  /** The finished file, on the file system of `downloadsFolder`. */
  path: string;
  /** What follows the stem and is never cut off. */
  mark: string;
  /** Whether its source says that it is empty. Defaults to false: an empty file is refused. */
  mayBeEmpty?: boolean;
  /** Where it is published. */
  downloadsFolder: string;
  /** The row that it belongs to. */
  rowContext: RowContext;
  /** Where it came from. */
  source: SourceDetails;
  /** Whether a metadata file is written. */
  metadata: boolean;
  /** Ends the reading of a long file; nothing is published then. */
  signal?: AbortSignal | undefined;
}

/** A file that was published. */
export interface PublishedFile {
  /** Its name in the folder of downloads. */
  file_name: string;
  /** The path of its metadata file; null when none was asked for. */
  metadata_file: string | null;
  /** Its length in bytes. */
  size_bytes: number;
}

const maxPlaces = 1000;

/**
 * Publishes a finished file: it is flushed, its metadata file is written, and it is renamed to its
 * final name, all of it durable at the return. A crash in between leaves a metadata file that
 * waits for its file, never a file that belongs to nobody.
 *
 * A file of the same row and item is replaced; any other one keeps its name, and this one gets
 * ` (2)` and so on. Without metadata, any file of the same row and name is replaced.
 *
 * @throws FileOperationError when the file is empty and may not be, or cannot be moved or described
 */
export async function publishFile(publication: Publication): Promise<PublishedFile> {
  const { path, downloadsFolder, rowContext, source, metadata } = publication;
  const { sizeBytes, sha256 } = await checksumFile(path, publication.signal);
  if (sizeBytes === 0 && !publication.mayBeEmpty) {
    throw new FileOperationError(
      `Cannot publish what came from ${source.item_url} as nothing came, and its server does not ` +
        "say that the file is empty; try again later",
      { code: "EMPTY_FILE", retryable: true },
    );
  }
  const file_name = await chooseName(publication);
  const described: FileMetadata = {
    ...source,
    row_context: rowContext,
    file_name,
    size_bytes: sizeBytes,
    sha256,
    downloaded_at: new Date().toISOString(),
  };
  const metadata_file = metadata ? await writeMetadataFile(downloadsFolder, described) : null;
  const target = join(downloadsFolder, file_name);
  try {
    await Deno.rename(path, target);
    await syncFolder(dirname(target));
  } catch (error) {
    throw toFileError(error, "publish", target);
  }
  return { file_name, metadata_file, size_bytes: sizeBytes };
}

async function chooseName(publication: Publication): Promise<string> {
  const { stem, mark, extension, rowContext, downloadsFolder } = publication;
  const suffix = `${mark}${rowContext.toFilenameSuffix()}`;
  for (let place = 1; place <= maxPlaces; place++) {
    const name = publishedName({ stem, suffix, extension }, place);
    if (await isFree(join(downloadsFolder, name), publication)) return name;
  }
  throw new FileOperationError(
    `Cannot publish "${stem}" as ${maxPlaces} files of that name are there; move them elsewhere`,
    { code: "EEXIST", context: { file_path: downloadsFolder } },
  );
}

async function isFree(path: string, publication: Publication): Promise<boolean> {
  const { rowContext, source, metadata } = publication;
  const owner = await readMetadataFile(`${path}${metadataSuffix}`);
  // A crash may have left it without its file.
  if (owner !== undefined) {
    return owner.row_context.row_id === rowContext.row_id &&
      owner.item_url === source.item_url && owner.variant === source.variant;
  }
  if (await isThere(`${path}${metadataSuffix}`)) return false;
  // Without metadata all that is known is that the row's suffix is on it.
  return !metadata || !await isThere(path);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw toFileError(error, "look for", path);
  }
}
