/** The record that lies beside each downloaded file: where it came from, for which row. */

import { join } from "@std/path";
import { toFileError, writeFileAtomic } from "../../core/mod.ts";
import { type RowContext, rowContextOf } from "../row_context.ts";
import type { DownloadType } from "../download_type.ts";

/** What a metadata file's name ends in, after the whole name of the file it belongs to. */
export const metadataSuffix = ".metadata.json";

/** What is known of a file's origin. */
export interface SourceDetails {
  /** Which of the row's downloads it is. */
  download_type: DownloadType;
  /** The address in the CSV. */
  source_url: string;
  /** The address of this one item: the same, or that of an item of a playlist or folder. */
  item_url: string;
  /** The video's or the file's id; null when it is not known. */
  media_id: string | null;
  /** The title that the source gives it. */
  title: string | null;
  /** What was asked for beyond the address, such as resolution and format, as one text. */
  variant: string;
  /** How many files the item has; each has a metadata file of its own. */
  item_files: number;
  /** What else is worth keeping: uploader, duration, entity tag, the program that fetched it. */
  details: Record<string, unknown>;
}

/** The content of a metadata file. */
export interface FileMetadata extends SourceDetails {
  /** The name of the file. */
  file_name: string;
  /** Its length in bytes. */
  size_bytes: number;
  /** The SHA-256 of its content, in hexadecimal digits. */
  sha256: string;
  /** When it was published: ISO 8601, UTC. */
  downloaded_at: string;
  /** The row, as `RowContext.toMetadataDict()` gives it. */
  row_context: RowContext;
}

/** Writes the metadata file of a file, durably, and gives its path. */
export async function writeMetadataFile(folder: string, metadata: FileMetadata): Promise<string> {
  const path = join(folder, `${metadata.file_name}${metadataSuffix}`);
  const { row_context, ...rest } = metadata;
  const content = { row_context: row_context.toMetadataDict(), ...rest };
  await writeFileAtomic(path, `${JSON.stringify(content, undefined, 2)}\n`);
  return path;
}

/**
 * Reads a metadata file; undefined when there is none, or when it is not one that opsdeck wrote.
 *
 * @throws FileOperationError when it is there and cannot be read.
 */
export async function readMetadataFile(path: string): Promise<FileMetadata | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, "read", path);
  }
  try {
    return parseMetadata(JSON.parse(text));
  } catch {
    return undefined; // not JSON, so not ours
  }
}

function parseMetadata(value: unknown): FileMetadata | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields: Partial<Record<keyof FileMetadata, unknown>> = value;
  const row_context = rowContextOf(fields.row_context);
  const { download_type, details } = fields;
  if (row_context === undefined) return undefined;
  if (download_type !== "youtube" && download_type !== "drive") return undefined;
  const text = (name: keyof FileMetadata) => {
    const field = fields[name];
    return typeof field === "string" ? field : undefined;
  };
  const file_name = text("file_name");
  if (file_name === undefined || typeof fields.size_bytes !== "number") return undefined;
  return {
    row_context,
    download_type,
    source_url: text("source_url") ?? "",
    item_url: text("item_url") ?? "",
    media_id: text("media_id") ?? null,
    title: text("title") ?? null,
    variant: text("variant") ?? "",
    item_files: typeof fields.item_files === "number" ? fields.item_files : 1,
    details: typeof details === "object" && details !== null ? { ...details } : {},
    file_name,
    size_bytes: fields.size_bytes,
    sha256: text("sha256") ?? "",
    downloaded_at: text("downloaded_at") ?? "",
  };
}
