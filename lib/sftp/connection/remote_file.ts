/** What a server says about one of its files. */

// @ts-types="@types/ssh2"
import type { Attributes } from "ssh2";

/** What kind of thing a name leads to. */
export type RemoteKind = "file" | "directory" | "symlink" | "other";

/** A file, folder or link on a server. */
export interface RemoteFile {
  /** Its last part, exactly as the server gave it: it may hold anything but "/". */
  name: string;
  /** Its whole path. */
  path: string;
  /** What it is. */
  kind: RemoteKind;
  /** Bytes; 0 when the server does not say. */
  size: number;
  /** When it was changed last, in milliseconds since 1970; SFTP knows whole seconds only. */
  mtimeMs: number;
  /** When it was read last, in the same way; absent where the server does not say. */
  atimeMs?: number;
  /** Its permission bits, such as `0o644`. */
  mode: number;
}

/** Makes a {@link RemoteFile} of a path and the attributes of the protocol. */
export function remoteFile(
  path: string,
  attributes: Partial<Attributes>,
  longname = "",
): RemoteFile {
  const { mode, size = 0, mtime = 0, atime } = attributes;
  const kind = mode === undefined || (mode & typeBits) === 0
    ? kindsByLetter.get(longname.charAt(0)) ?? "other"
    : kindsByType.get(mode & typeBits) ?? "other";
  return {
    name: lastPart(path),
    path,
    kind,
    size,
    mtimeMs: mtime * 1000,
    ...(atime !== undefined && { atimeMs: atime * 1000 }),
    mode: (mode ?? 0) & 0o7777,
  };
}

/** Puts a name behind a folder. */
export function remotePath(folder: string, name: string): string {
  return folder === "" || folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}

/** Gives the folder that a path is in: `.` where it names none. */
export function remoteFolder(path: string): string {
  const trimmed = withoutTrailingSlashes(path);
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : trimmed.slice(0, slash);
}

function lastPart(path: string): string {
  const trimmed = withoutTrailingSlashes(path);
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/** POSIX `S_IFMT`, which draft-ietf-secsh-filexfer-02 §5 puts into the permissions. */
const typeBits = 0o170000;
const kindsByType = new Map<number, RemoteKind>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

/** The first letter of `ls -l`, for servers that send no type bits. */
const kindsByLetter = new Map<string, RemoteKind>([
  ["-", "file"],
  ["d", "directory"],
  ["l", "symlink"],
]);
