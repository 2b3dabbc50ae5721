/** Folders with files in them, on a server or on this machine, seen alike. */

import { resolveCallerPath, toFileError } from "../../core/mod.ts";
import { isMissing, type RemoteFile, remotePath, type SftpConnection } from "../connection/mod.ts";

/** A file, a folder or something else in a tree. */
export type TreeEntry = RemoteFile;

/** How a tree is looked at. Paths have slashes. */
export interface FileTree {
  /** Gives what is at a path that a person named; undefined when there is nothing. */
  lookAt(path: string): Promise<TreeEntry | undefined>;
  /** Gives what is in a folder, links as themselves. */
  list(folder: string): Promise<TreeEntry[]>;
}

/** The tree of a server. Links are never followed. */
export function remoteTree(connection: SftpConnection, signal?: AbortSignal): FileTree {
  return {
    async lookAt(path) {
      try {
        return await connection.lstat(path, { signal });
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    list: (folder) => connection.list(folder, { signal }),
  };
}

/**
 * The tree of this machine, in which relative paths start at the caller's folder. A link that a
 * person names is followed, others are not.
 */
export function localTree(signal?: AbortSignal): FileTree {
  return {
    async lookAt(path) {
      try {
        return toEntry(path, await Deno.stat(resolveCallerPath(path)));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw toFileError(error, "read", path);
      }
    },
    async list(folder) {
      const entries: TreeEntry[] = [];
      try {
        for await (const { name } of Deno.readDir(resolveCallerPath(folder))) {
          signal?.throwIfAborted();
          const path = remotePath(folder, name);
          const info = await lstatIfThere(path);
          entries.push(info === undefined ? unreachable(name, path) : toEntry(path, info));
        }
      } catch (error) {
        throw signal?.aborted ? signal.reason : toFileError(error, "read", folder);
      }
      return entries;
    },
  };
}

function toEntry(path: string, info: Deno.FileInfo): TreeEntry {
  const kind = info.isFile
    ? "file"
    : info.isDirectory
    ? "directory"
    : info.isSymlink
    ? "symlink"
    : "other";
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    name,
    path,
    kind,
    size: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
  };
}

async function lstatIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(resolveCallerPath(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Gone since it was listed, or its name is not UTF-8. Reading it will fail, and say so. */
function unreachable(name: string, path: string): TreeEntry {
  return { name, path, kind: "file", size: 0, mtimeMs: 0, mode: 0 };
}
