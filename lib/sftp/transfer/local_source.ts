/** The local file that an upload reads, by calls of a few microseconds: see `local_part.ts`. */

import { toFileError } from "../../core/mod.ts";
import { notAFile, sourceChanged } from "./transfer_error.ts";

/** An open local file, as it was when it was opened. */
export class LocalSource implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was changed last, in milliseconds since 1970. */
  readonly mtimeMs: number;

  private constructor(file: Deno.FsFile, path: string, { size, mtime }: Deno.FileInfo) {
    this.#file = file;
    this.#path = path;
    this.size = size;
    this.mtimeMs = mtime?.getTime() ?? 0;
  }

  /** Opens a regular file. */
  static open(path: string): LocalSource {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(path);
    } catch (error) {
      throw toFileError(error, "read", path);
    }
    try {
      const info = file.statSync();
      if (!info.isFile) throw notAFile(path);
      return new LocalSource(file, path, info);
    } catch (error) {
      file.close();
      throw toFileError(error, "read", path);
    }
  }

  /** Fills the buffer from a position. */
  readAt(buffer: Uint8Array, position: number): void {
    let done = 0;
    try {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      while (done < buffer.length) {
        const count = this.#file.readSync(buffer.subarray(done));
        if (count === null) break;
        done += count;
      }
    } catch (error) {
      throw toFileError(error, "read", this.#path);
    }
    if (done < buffer.length) throw sourceChanged(this.#path);
  }

  /** Makes sure that it is still what it was. */
  checkUnchanged(): void {
    let now: Deno.FileInfo;
    try {
      now = this.#file.statSync();
    } catch (error) {
      throw toFileError(error, "read", this.#path);
    }
    if (now.size !== this.size || (now.mtime?.getTime() ?? 0) !== this.mtimeMs) {
      throw sourceChanged(this.#path);
    }
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
