/** A processed copy, ready to be compared and put into its place: as it is, or unpacked. */

import { join } from "@std/path";
import { FileOperationError } from "../../core/mod.ts";
import {
  downloadFile,
  type RemoteFile,
  requireFree,
  type SftpConnection,
  uploadFile,
} from "../../sftp/mod.ts";
import type { RestoreOutcome } from "./file_outcome.ts";
import type { ProcessedCopy } from "./processed_copy.ts";
import type { RestoreWork } from "./restore_work.ts";
import { unpackFile } from "./unpack.ts";

/** A copy of which the content can be had. Disposing removes what lies on this machine. */
export interface PreparedCopy extends AsyncDisposable {
  /** The size of the content. */
  readonly bytes: number;
  /** The SHA-256 of the content, where it is known. */
  readonly sha256: string | undefined;
  /** How it comes into its place. */
  readonly method: RestoreOutcome["method"];
  /** Compares it with a file on the server, by size and content. */
  isSameAs(file: RemoteFile): Promise<boolean>;
  /** Puts it at a path: under a temporary name, checked, then renamed. */
  place(
    path: string,
    overwrite: boolean,
  ): Promise<Pick<RestoreOutcome, "bytes" | "sha256" | "method">>;
}

const defaultMaxBytes = 2 * 1024 ** 3;

/** Prepares a copy; a packed one is downloaded and unpacked. */
export async function prepareCopy(
  connection: SftpConnection,
  copy: ProcessedCopy,
  work: RestoreWork,
): Promise<PreparedCopy> {
  return copy.packing === undefined
    ? plainCopy(connection, copy.file, work)
    : await unpackedCopy(connection, { ...copy, packing: copy.packing }, work);
}

function plainCopy(
  connection: SftpConnection,
  file: RemoteFile,
  { run, copier, options }: RestoreWork,
): PreparedCopy {
  return {
    bytes: file.size,
    sha256: undefined,
    method: connection.hasExtension("copy-data") ? "server" : "client",
    async isSameAs(other) {
      if (other.size !== file.size) return false;
      const [ours, theirs] = await Promise.all([
        copier.digest(connection, file.path),
        copier.digest(connection, other.path),
      ]);
      return ours === theirs;
    },
    async place(path, overwrite) {
      const { verify = false } = options;
      const partPath = run.partPath(path);
      const copied = await copier.copy(connection, file, path, { overwrite, verify, partPath });
      return { bytes: copied.bytes, method: copied.method, sha256: copied.sha256 ?? null };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function unpackedCopy(
  connection: SftpConnection,
  { file, packing }: ProcessedCopy & { packing: NonNullable<ProcessedCopy["packing"]> },
  { run, copier, options }: RestoreWork,
): Promise<PreparedCopy> {
  const { signal, verify = false, maxUnpackedBytes = defaultMaxBytes } = options;
  const base = join(await run.folder(), crypto.randomUUID());
  const packed = `${base}.${packing}`;
  const remove = async () => {
    for (const path of [packed, base]) await Deno.remove(path).catch(() => {});
  };
  try {
    await downloadFile(connection, file.path, packed, { signal });
    const { bytes, sha256 } = await unpackFile({
      from: packed,
      to: base,
      packing,
      shownPath: file.path,
      maxBytes: maxUnpackedBytes,
      signal,
    });
    await Deno.remove(packed);
    const changedAt = new Date(file.mtimeMs);
    await Deno.utime(base, changedAt, changedAt); // what is uploaded has its source's time
    return {
      bytes,
      sha256,
      method: "unpacked",
      isSameAs: async (other) =>
        other.size === bytes && await copier.digest(connection, other.path) === sha256,
      async place(path, overwrite) {
        const part = run.partPath(path);
        try {
          await uploadFile(connection, base, part, { signal, verify });
          await setMode(connection, part, file.mode);
          if (overwrite) await connection.replace(part, path, { signal });
          else {
            await requireFree(connection, path, { signal });
            await connection.rename(part, path, { signal });
          }
        } catch (error) {
          await copier.discard(connection, part);
          throw error;
        }
        return { bytes, sha256, method: "unpacked" };
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What only some might read in the archive, others may not read now. */
async function setMode(connection: SftpConnection, path: string, mode: number): Promise<void> {
  if (mode === 0) return;
  try {
    await connection.call<void>("set the permissions of", path, (sftp, done) => {
      sftp.chmod(path, mode, done);
    });
  } catch (error) {
    if (!(error instanceof FileOperationError)) throw error; // a server that keeps none
  }
}
