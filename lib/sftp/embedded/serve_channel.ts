/** Between ssh2's server and the files: requests in, answers out, in the order of their channel. */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { Attributes, FileEntry, SFTPWrapper } from "ssh2";
import type { SftpAnswer, SftpAttributes, SftpEntry, SftpRequest } from "./sftp_request.ts";

/** Does what is asked; undefined for no answer at all. Must not reject. */
export type AnswerRequest = (request: SftpRequest) => Promise<SftpAnswer | undefined>;

/**
 * Answers what comes over a channel, one request after the other, as OpenSSH's server does.
 *
 * @returns settles when the channel has ended and its last request was answered
 */
export async function serveChannel(channel: SFTPWrapper, answer: AnswerRequest): Promise<void> {
  let isOpen = true;
  let last = Promise.resolve();
  const take = (id: number, request: SftpRequest) => {
    last = last.then(async () => {
      if (!isOpen) return;
      const given = await answer(request);
      if (isOpen && given !== undefined) send(channel, id, given);
    });
  };
  listen(channel, take);

  await new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) channel.on(event, () => resolve());
  });
  isOpen = false;
  await last;
  // A client that has said all it had to say waits for this.
  channel.end();
}

function listen(channel: SFTPWrapper, take: (id: number, request: SftpRequest) => void): void {
  channel.on(
    "OPEN",
    (id, path, flags, attributes) =>
      take(id, { kind: "open", path, flags, attributes: given(attributes) }),
  );
  channel.on(
    "READ",
    (id, handle, offset, length) =>
      take(id, { kind: "read", handle: handle.toString(), offset, length }),
  );
  channel.on("WRITE", (id, handle, offset, data) =>
    // The library reuses the buffer that the data came in.
    take(id, { kind: "write", handle: handle.toString(), offset, data: Uint8Array.from(data) }));
  channel.on(
    "FSETSTAT",
    (id, handle, attributes) =>
      take(id, { kind: "fsetstat", handle: handle.toString(), attributes: given(attributes) }),
  );
  channel.on(
    "SETSTAT",
    (id, path, attributes) => take(id, { kind: "setstat", path, attributes: given(attributes) }),
  );
  channel.on(
    "MKDIR",
    (id, path, attributes) => take(id, { kind: "mkdir", path, attributes: given(attributes) }),
  );
  channel.on("RENAME", (id, path, to) => take(id, { kind: "rename", path, to }));
  const byHandle = { CLOSE: "close", FSTAT: "fstat", READDIR: "readdir" } as const;
  for (const [event, kind] of Object.entries(byHandle)) {
    channel.on(
      event,
      (id: number, handle: Buffer) => take(id, { kind, handle: handle.toString() }),
    );
  }
  const byPath = {
    LSTAT: "lstat",
    OPENDIR: "opendir",
    READLINK: "readlink",
    REALPATH: "realpath",
    REMOVE: "remove",
    RMDIR: "rmdir",
    STAT: "stat",
  } as const;
  for (const [event, kind] of Object.entries(byPath)) {
    channel.on(event, (id: number, path: string) => take(id, { kind, path }));
  }
}

function send(channel: SFTPWrapper, id: number, answer: SftpAnswer): void {
  switch (answer.kind) {
    case "status":
      return channel.status(id, answer.code, answer.message);
    case "handle":
      return channel.handle(id, Buffer.from(answer.handle));
    case "data":
      return channel.data(id, Buffer.from(answer.data));
    case "names":
      return channel.name(id, answer.entries.map(toFileEntry));
    case "attributes":
      return channel.attrs(id, toLibraryAttributes(answer.attributes));
  }
}

/** The library's attributes are of a type in which none can be missing, but they can. */
function given(attributes: Partial<Attributes>): SftpAttributes {
  const { size, mode, uid, gid, atime, mtime } = attributes;
  return {
    ...(size === undefined ? {} : { size }),
    ...(mode === undefined ? {} : { mode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(atime === undefined ? {} : { atime }),
    ...(mtime === undefined ? {} : { mtime }),
  };
}

function toLibraryAttributes(attributes: SftpAttributes): Attributes {
  return { size: 0, mode: 0, uid: 0, gid: 0, atime: 0, mtime: 0, ...attributes };
}

function toFileEntry({ name, attributes }: SftpEntry): FileEntry {
  const { mode = 0, size = 0, uid = 0, gid = 0, mtime = 0 } = attributes;
  const kind = { 0o40000: "d", 0o120000: "l" }[mode & 0o170000] ?? "-";
  const permissions = [...(mode & 0o777).toString(2).padStart(9, "0")]
    .map((bit, at) => bit === "1" ? "rwx".charAt(at % 3) : "-").join("");
  const time = new Date(mtime * 1000).toISOString().slice(0, 16).replace("T", " ");
  return {
    filename: name,
    longname: `${kind}${permissions} 1 ${uid} ${gid} ${size} ${time} ${name}`,
    attrs: toLibraryAttributes(attributes),
  };
}
