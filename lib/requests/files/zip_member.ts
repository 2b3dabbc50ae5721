/** The one file in a zip archive. */

import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
// @ts-types="@types/yauzl"
import type { Entry, ZipFile } from "yauzl";
import { streamParts } from "./stream_parts.ts";

/** An open member; disposing closes the archive. */
export interface ZipMember extends AsyncDisposable {
  /** Its content. It fails at its end when the checksum is another than the archive says. */
  stream: Readable;
}

/** Folders do not count, and a member is hardly ever more than one file among these. */
const maxEntries = 100;

/**
 * Opens an archive that has exactly one file in it.
 *
 * @param checkSize hears the size that the archive declares, and throws when it is too much; more
 * than that never comes
 * @throws Error that says what is wrong with the archive
 */
export async function openZipMember(
  path: string,
  checkSize: (bytes: number) => void,
): Promise<ZipMember> {
  const { openPromise } = await import("yauzl");
  // The library refuses absolute names and those with `..` by itself.
  const archive = await openPromise(path, { lazyEntries: true, autoClose: false });
  const close = () => {
    archive.close();
    return Promise.resolve();
  };
  try {
    const entry = await onlyFile(archive);
    checkSize(entry.uncompressedSize);
    const stream = await archive.openReadStreamPromise(entry);
    return { stream: checked(stream, entry), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function onlyFile(archive: ZipFile): Promise<Entry> {
  if (archive.entryCount > maxEntries) {
    throw new Error(`there are ${archive.entryCount} entries in it`);
  }
  const files: Entry[] = [];
  for await (const entry of archive.eachEntry()) {
    if (!entry.fileName.endsWith("/")) files.push(entry);
  }
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new Error(`there are ${files.length} files in it`);
  }
  if (file.isEncrypted()) throw new Error("it is encrypted");
  if (((file.externalFileAttributes >>> 16) & typeBits) === symlinkType) {
    throw new Error("there is a symbolic link in it");
  }
  return file;
}

/** POSIX `S_IFMT` and `S_IFLNK`, which archivers put into the upper half of the attributes. */
const typeBits = 0o170000;
const symlinkType = 0o120000;

/** The library checks the size, and not the checksum. */
function checked(stream: Readable, entry: Entry): Readable {
  const parts = streamParts(stream);
  return Readable.from((async function* () {
    let sum = 0;
    for await (const part of parts) {
      if (!(part instanceof Uint8Array)) throw new TypeError("the archive gives no bytes");
      sum = crc32(part, sum);
      yield part;
    }
    if (sum !== entry.crc32) throw new Error("its checksum is wrong");
  })());
}
