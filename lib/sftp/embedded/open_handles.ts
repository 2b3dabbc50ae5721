/** The files and folders that a client of one channel has open. */

import { type SftpAnswer, type SftpEntry, SftpStatusCode } from "./sftp_request.ts";

const entriesPerAnswer = 100;

/** Files and folders by their handles; disposing closes them all. */
export class OpenHandles implements Disposable {
  readonly #opened = new Map<string, Deno.FsFile | SftpEntry[]>();
  #count = 0;

  /** Takes a file or the entries of a folder, and gives its handle. */
  add(opened: Deno.FsFile | SftpEntry[]): string {
    const handle = String(this.#count++);
    this.#opened.set(handle, opened);
    return handle;
  }

  /** Gives an open file; throws Deno.errors.BadResource when the handle has none. */
  file(handle: string): Deno.FsFile {
    const opened = this.#opened.get(handle);
    if (opened === undefined || Array.isArray(opened)) throw new Deno.errors.BadResource();
    return opened;
  }

  /** Gives the next entries of a folder, until its end. */
  nextEntries(handle: string): SftpAnswer {
    const opened = this.#opened.get(handle);
    if (!Array.isArray(opened)) throw new Deno.errors.BadResource();
    const entries = opened.splice(0, entriesPerAnswer);
    return entries.length === 0
      ? { kind: "status", code: SftpStatusCode.endOfFile }
      : { kind: "names", entries };
  }

  /** Closes one; throws Deno.errors.BadResource when the handle has none. */
  close(handle: string): void {
    const opened = this.#opened.get(handle);
    if (opened === undefined) throw new Deno.errors.BadResource();
    this.#opened.delete(handle);
    if (!Array.isArray(opened)) opened.close();
  }

  /** Closes all. */
  [Symbol.dispose](): void {
    for (const handle of [...this.#opened.keys()]) this.close(handle);
  }
}
