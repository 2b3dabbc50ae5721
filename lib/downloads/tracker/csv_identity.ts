/** Whether a file is still the one that was read, without reading it again. */

/** What a file system says of one content of one file. */
export interface FileIdentity {
  device: number;
  inode: number | null;
  size: number;
  modifiedMs: number;
}

/** Gives the identity of what was found. */
export function identityOf({ dev, ino, size, mtime }: Deno.FileInfo): FileIdentity {
  return { device: dev, inode: ino, size, modifiedMs: mtime?.getTime() ?? 0 };
}

/** Tells whether two identities are those of one content of one file. */
export function isSameContent(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.size === other.size && one.device === other.device &&
    one.modifiedMs === other.modifiedMs;
}
