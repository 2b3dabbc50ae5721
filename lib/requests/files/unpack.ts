/** Unpacking a copy that is one file in `.gz` or `.zip`. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { errorReason, FileOperationError, OpsdeckError, toFileError } from "../../core/mod.ts";
import { quoteName } from "../../sftp/mod.ts";
import type { Packing } from "./processed_copy.ts";
import { streamParts } from "./stream_parts.ts";
import { openZipMember } from "./zip_member.ts";

/** A file that was unpacked. */
export interface UnpackedFile {
  /** Its size in bytes. */
  bytes: number;
  /** Its SHA-256 in hexadecimal digits. */
  sha256: string;
}

/** What is unpacked, and how large it may become. */
export interface UnpackTask {
  /** The packed file on this machine. */
  from: string;
  /** Where to put the content; nothing may be there. */
  to: string;
  packing: Packing;
  /** The path that errors name. */
  shownPath: string;
  /** How large it may become, in bytes. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/** Real data is packed to a fiftieth at best; what goes far beyond that is made to fill disks. */
const maxRatio = 250;
const freeBytes = 16 * 1024 * 1024;

/**
 * Unpacks a file, checked by the checksums in it.
 *
 * @throws FileOperationError `BAD_ARCHIVE` (corrupt, cut off, encrypted, not of its kind, not of one
 * file, a name that leads elsewhere) or `UNPACKED_TOO_LARGE`; nothing is left at `to` then
 */
export async function unpackFile(task: UnpackTask): Promise<UnpackedFile> {
  const { from, to, packing, signal } = task;
  const { size: packedBytes } = await Deno.stat(from);
  try {
    signal?.throwIfAborted();
    if (packing === "zip") {
      await using member = await openZipMember(
        from,
        (declared) => checkSize(declared, packedBytes, task),
      );
      return await write(member.stream, packedBytes, task);
    }
    const source = createReadStream(from);
    const gunzip = createGunzip();
    source.on("error", (error) => gunzip.destroy(error));
    return await write(source.pipe(gunzip), packedBytes, task);
  } catch (error) {
    await Deno.remove(to).catch(() => {});
    signal?.throwIfAborted();
    if (error instanceof OpsdeckError) throw error;
    throw badArchive(task, error);
  }
}

async function write(
  stream: Readable,
  packedBytes: number,
  task: UnpackTask,
): Promise<UnpackedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const parts = streamParts(stream);
  using file = await openTarget(task.to);
  try {
    for await (const part of parts) {
      task.signal?.throwIfAborted();
      if (!(part instanceof Uint8Array)) throw new TypeError("The stream gives no bytes");
      bytes += part.length;
      checkSize(bytes, packedBytes, task);
      hash.update(part);
      await writeWhole(file, part, task.to);
    }
  } finally {
    stream.destroy();
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function openTarget(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    throw toFileError(error, "create", path);
  }
}

async function writeWhole(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  } catch (error) {
    throw toFileError(error, "write", path);
  }
}

function checkSize(bytes: number, packedBytes: number, { maxBytes, shownPath }: UnpackTask): void {
  const isSuspicious = bytes > freeBytes && bytes > packedBytes * maxRatio;
  if (bytes <= maxBytes && !isSuspicious) return;
  const reason = isSuspicious
    ? `its ${packedBytes} bytes become more than ${maxRatio} times as many`
    : `it becomes more than ${maxBytes} bytes; allow more if it is what it should be`;
  throw new FileOperationError(`Cannot unpack ${quoteName(shownPath)} as ${reason}`, {
    code: "UNPACKED_TOO_LARGE",
    category: "DATA_CORRUPTION",
    context: { remote_path: shownPath },
  });
}

function badArchive({ shownPath, packing }: UnpackTask, cause: unknown): FileOperationError {
  return new FileOperationError(
    `Cannot unpack ${quoteName(shownPath)} as it is no whole ${packing} file of one file: ` +
      `${errorReason(cause)}; look at it, or remove it so that an older copy is taken`,
    {
      code: "BAD_ARCHIVE",
      category: "DATA_CORRUPTION",
      context: { remote_path: shownPath },
      cause,
    },
  );
}
