/**
 * What an SFTP client asks and what it gets, as version 3 of the protocol has it
 * (draft-ietf-secsh-filexfer-02). Paths are the client's; handles belong to one channel.
 */

import type { Socket } from "node:net";

/** The status codes of version 3 (draft-ietf-secsh-filexfer-02 §7). */
export const SftpStatusCode = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
} as const;

/** What a client may know or change of a file; times are seconds since 1970. */
export interface SftpAttributes {
  /** Length in bytes. */
  size?: number;
  /** Permissions and, when answered, the kind of file. */
  mode?: number;
  /** The owner's number. */
  uid?: number;
  /** The group's number. */
  gid?: number;
  /** When it was read. */
  atime?: number;
  /** When it was changed. */
  mtime?: number;
}

/** An entry of a folder. */
export interface SftpEntry {
  /** Its name. */
  name: string;
  /** Size, mode and times; a symbolic link's own. */
  attributes: SftpAttributes;
}

/** One request of a client. */
export type SftpRequest =
  | { kind: "open"; path: string; flags: number; attributes: SftpAttributes }
  | { kind: "close" | "fstat" | "readdir"; handle: string }
  | { kind: "read"; handle: string; offset: number; length: number }
  | { kind: "write"; handle: string; offset: number; data: Uint8Array }
  | { kind: "fsetstat"; handle: string; attributes: SftpAttributes }
  | { kind: "stat" | "lstat" | "opendir" | "readlink" | "realpath"; path: string }
  | { kind: "remove" | "rmdir"; path: string }
  | { kind: "setstat" | "mkdir"; path: string; attributes: SftpAttributes }
  | { kind: "rename"; path: string; to: string };

/** The answer to a request. */
export type SftpAnswer =
  | { kind: "status"; code: number; message?: string }
  | { kind: "handle"; handle: string }
  | { kind: "data"; data: Uint8Array }
  | { kind: "names"; entries: readonly SftpEntry[] }
  | { kind: "attributes"; attributes: SftpAttributes };

/** Looks at what clients do, and may refuse or change it. */
export interface SftpServerHooks {
  /** Called for each connection; false leaves it ungreeted until the server's `greet()`. */
  onConnection?(socket: Socket): boolean;
  /** Called after a correct login; false refuses it all the same. */
  onLogin?(username: string): boolean;
  /** Called for each channel of a connection, with how many it has already; false refuses it. */
  onChannel?(openChannels: number): boolean;
  /**
   * Called for each request, in the order in which they came on their channel; `proceed` does what
   * is asked. What it gives is sent; undefined sends nothing, and the client waits. It must settle:
   * the requests after it and the end of the server wait for it.
   */
  onRequest?(
    request: SftpRequest,
    proceed: () => Promise<SftpAnswer>,
  ): Promise<SftpAnswer | undefined>;
}
