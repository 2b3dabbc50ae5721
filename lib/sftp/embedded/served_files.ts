/** Does what a client asks, in one folder: the file operations of one SFTP channel. */

import { answerError } from "./answer_error.ts";
import { OpenHandles } from "./open_handles.ts";
import { locate, plainPath } from "./served_path.ts";
import {
  type SftpAnswer,
  type SftpAttributes,
  type SftpEntry,
  type SftpRequest,
  SftpStatusCode,
} from "./sftp_request.ts";

/** The flags of an open (draft-ietf-secsh-filexfer-02 §6.3). */
const openFlag = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 };

/** Larger answers than this are not asked for by clients that keep to the protocol. */
const maxReadBytes = 256 * 1024;

const done: SftpAnswer = { kind: "status", code: SftpStatusCode.ok };

/** The files of one channel; disposing closes what its client left open. */
export class ServedFiles implements Disposable {
  readonly #root: string;
  readonly #handles = new OpenHandles();

  /** Serves a folder, given by a path without symbolic links. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Does what is asked; never rejects. */
  async answer(request: SftpRequest): Promise<SftpAnswer> {
    try {
      return await this.#do(request);
    } catch (error) {
      return answerError(error);
    }
  }

  /** Closes all files. */
  [Symbol.dispose](): void {
    this.#handles[Symbol.dispose]();
  }

  async #do(request: SftpRequest): Promise<SftpAnswer> {
    switch (request.kind) {
      case "open":
        return this.#handle(await this.#open(request.path, request.flags, request.attributes));
      case "close":
        this.#handles.close(request.handle);
        return done;
      case "read":
        return await this.#read(request.handle, request.offset, request.length);
      case "write":
        await this.#write(request.handle, request.offset, request.data);
        return done;
      case "fstat":
        return attributesAnswer(await this.#handles.file(request.handle).stat());
      case "fsetstat":
        await this.#setFileAttributes(request.handle, request.attributes);
        return done;
      case "stat":
        return attributesAnswer(await Deno.stat(await this.#locate(request.path)));
      case "lstat":
        return attributesAnswer(await Deno.lstat(await this.#locateLink(request.path)));
      case "setstat":
        await setAttributes(await this.#locate(request.path), request.attributes);
        return done;
      case "opendir":
        return this.#handle(await readEntries(await this.#locate(request.path)));
      case "readdir":
        return this.#handles.nextEntries(request.handle);
      case "mkdir":
        await Deno.mkdir(await this.#locateLink(request.path), {
          mode: (request.attributes.mode ?? 0o777) & 0o7777,
        });
        return done;
      case "remove":
        await removeFile(await this.#locateLink(request.path));
        return done;
      case "rmdir":
        await removeFolder(await this.#locateLink(request.path));
        return done;
      case "rename":
        await renameOnly(
          await this.#locateLink(request.path),
          await this.#locateLink(request.to),
        );
        return done;
      case "realpath":
        return nameAnswer(plainPath(request.path));
      case "readlink":
        return nameAnswer(await Deno.readLink(await this.#locateLink(request.path)));
    }
  }

  #handle(opened: Deno.FsFile | SftpEntry[]): SftpAnswer {
    return { kind: "handle", handle: this.#handles.add(opened) };
  }

  #locate(path: string): Promise<string> {
    return locate(this.#root, path, { follow: true });
  }

  #locateLink(path: string): Promise<string> {
    return locate(this.#root, path, { follow: false });
  }

  async #open(path: string, flags: number, { mode }: SftpAttributes): Promise<Deno.FsFile> {
    const has = (flag: number) => (flags & flag) !== 0;
    const isNew = has(openFlag.create) && has(openFlag.exclusive);
    return await Deno.open(await this.#locate(path), {
      read: has(openFlag.read),
      write: has(openFlag.write),
      append: has(openFlag.append),
      create: has(openFlag.create),
      createNew: isNew,
      truncate: has(openFlag.truncate) && !isNew,
      ...(mode === undefined ? {} : { mode: mode & 0o7777 }),
    });
  }

  async #read(handle: string, offset: number, length: number): Promise<SftpAnswer> {
    const file = this.#handles.file(handle);
    const buffer = new Uint8Array(Math.min(length, maxReadBytes));
    await file.seek(offset, Deno.SeekMode.Start);
    const count = await file.read(buffer);
    return count === null
      ? { kind: "status", code: SftpStatusCode.endOfFile }
      : { kind: "data", data: buffer.subarray(0, count) };
  }

  async #write(handle: string, offset: number, data: Uint8Array): Promise<void> {
    const file = this.#handles.file(handle);
    await file.seek(offset, Deno.SeekMode.Start);
    let rest = data;
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  }

  async #setFileAttributes(handle: string, attributes: SftpAttributes): Promise<void> {
    const file = this.#handles.file(handle);
    const { size, atime, mtime } = attributes;
    if (size !== undefined) await file.truncate(size);
    if (atime !== undefined && mtime !== undefined) await file.utime(atime, mtime);
  }
}

async function setAttributes(path: string, attributes: SftpAttributes): Promise<void> {
  const { size, mode, atime, mtime } = attributes;
  if (size !== undefined) await Deno.truncate(path, size);
  if (mode !== undefined) await Deno.chmod(path, mode & 0o7777);
  if (atime !== undefined && mtime !== undefined) await Deno.utime(path, atime, mtime);
}

async function readEntries(folder: string): Promise<SftpEntry[]> {
  const entries = [".", ".."].map((name): SftpEntry => ({ name, attributes: { mode: 0o40755 } }));
  for await (const { name } of Deno.readDir(folder)) {
    entries.push({ name, attributes: await entryAttributes(`${folder}/${name}`) });
  }
  return entries;
}

async function entryAttributes(path: string): Promise<SftpAttributes> {
  try {
    return toAttributes(await Deno.lstat(path));
  } catch (error) {
    // Removed since it was listed, or its name is not UTF-8, so that no text reaches it.
    if (error instanceof Deno.errors.NotFound) return { size: 0, mode: 0o100000 };
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  if ((await Deno.lstat(path)).isDirectory) throw new Deno.errors.IsADirectory();
  await Deno.remove(path);
}

async function removeFolder(path: string): Promise<void> {
  if (!(await Deno.lstat(path)).isDirectory) throw new Deno.errors.NotADirectory();
  await Deno.remove(path);
}

/**
 * Renames without overwriting, as OpenSSH's server does: of two clients that rename the same file,
 * or to the same name, one wins.
 */
async function renameOnly(from: string, to: string): Promise<void> {
  if ((await Deno.lstat(from)).isFile) {
    await Deno.link(from, to);
    try {
      await Deno.remove(from);
    } catch (error) {
      await Deno.remove(to);
      throw error;
    }
    return;
  }
  if (await exists(to)) throw new Deno.errors.AlreadyExists();
  await Deno.rename(from, to);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function attributesAnswer(info: Deno.FileInfo): SftpAnswer {
  return { kind: "attributes", attributes: toAttributes(info) };
}

function nameAnswer(name: string): SftpAnswer {
  return { kind: "names", entries: [{ name, attributes: {} }] };
}

function toAttributes(info: Deno.FileInfo): SftpAttributes {
  return {
    size: info.size,
    mode: info.mode ?? (info.isDirectory ? 0o40755 : 0o100644),
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    atime: seconds(info.atime),
    mtime: seconds(info.mtime),
  };
}

function seconds(time: Date | null): number {
  return Math.floor((time?.getTime() ?? 0) / 1000);
}
