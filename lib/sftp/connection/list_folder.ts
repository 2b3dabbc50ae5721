/** Listing a remote folder, several pages at a time. */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { FileEntry } from "ssh2";
import { FileOperationError } from "../../core/mod.ts";
import type { CallOptions, LiveClient } from "./live_client.ts";
import { type RemoteFile, remoteFile, remotePath } from "./remote_file.ts";

/** OpenSSH sends 100 names a page, and a long line needs several pages on their way. */
const pagesAtOnce = 8;

/** Lists a folder; see `SftpConnection.list`. */
export async function listFolder(
  live: LiveClient,
  path: string,
  options: CallOptions = {},
): Promise<RemoteFile[]> {
  const handle = await live.call<Buffer>(
    "list",
    path,
    (sftp, done) => {
      // A slice of the packet that it came in, which is not there for long.
      sftp.opendir(path, (error, handle) => done(error, error ? handle : Buffer.from(handle)));
    },
    options,
  );
  try {
    const files: RemoteFile[] = [];
    for (let pages = 1;; pages = pagesAtOnce) {
      const read = Array.from({ length: pages }, () => readPage(live, path, handle, options));
      const settled = await Promise.allSettled(read);
      for (const page of settled) {
        if (page.status === "rejected") throw page.reason;
        for (const { filename, longname, attrs } of page.value ?? []) {
          files.push({
            ...remoteFile(remotePath(path, filename), attrs, longname),
            name: filename,
          });
        }
      }
      if (settled.some((page) => page.status === "fulfilled" && page.value === undefined)) {
        return files;
      }
    }
  } finally {
    // Nobody waits for it, and what it answers changes nothing.
    live.call<void>("close", path, (sftp, done) => sftp.close(handle, done)).catch(() => {});
  }
}

/** Gives one page of names, undefined at the end. */
async function readPage(
  live: LiveClient,
  path: string,
  handle: Buffer,
  options: CallOptions,
): Promise<FileEntry[] | undefined> {
  try {
    return await live.call<FileEntry[]>(
      "list",
      path,
      (sftp, done) => sftp.readdir(handle, done),
      options,
    );
  } catch (error) {
    if (error instanceof FileOperationError && error.code === "END_OF_FILE") return undefined;
    throw error;
  }
}
