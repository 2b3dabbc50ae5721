/** The open file under a journal: durable appends, several of them in one flush. */

import { dirname } from "node:path";
import { toFileError } from "../errors/to_file_error.ts";
import { encodeJournalLines } from "./journal_line.ts";
import { isStillAt } from "./same_file.ts";
import { syncFolder } from "./sync_folder.ts";
import { writeAll } from "./write_all.ts";

interface Waiting {
  json: string;
  sync: boolean;
  onWritten: () => void;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Appends lines to a journal's file. Not for use outside this folder.
 *
 * Appends that come while a flush runs wait together and share the next one.
 */
export class JournalFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #size: number;
  #lineCount: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #broken: Error | undefined;

  private constructor(path: string, file: Deno.FsFile, size: number, lineCount: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#lineCount = lineCount;
  }

  /** Opens or creates the file, and cuts off what comes after its valid lines. */
  static async open(
    path: string,
    { validBytes, lineCount }: { validBytes: number; lineCount: number },
  ): Promise<JournalFile> {
    const file = await Deno.open(path, { append: true, create: true });
    try {
      await file.truncate(validBytes);
      await file.sync();
      await syncFolder(dirname(path));
      return new JournalFile(path, file, validBytes, lineCount);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Appends an entry that is JSON. Resolves when it is on the disk (`sync`) or handed to the
   * system, where it survives the end of this process but not a power failure. `onWritten` is
   * called just before, in the order of the lines.
   */
  append(json: string, sync: boolean, onWritten: () => void): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ json, sync, onWritten, resolve, reject });
    this.#flushing ??= this.#flush();
    return promise;
  }

  /** Waits until nothing is waiting to be written. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  /** Refuses every later append if the file's path leads elsewhere: nobody would find them there. */
  async breakIfReplaced(reason: unknown): Promise<void> {
    if (await isStillAt(this.#path, this.#file).catch(() => false)) return;
    this.#broken = toFileError(reason, "append to", this.#path);
  }

  /** Closes the file; {@link settled} comes first. */
  close(): void {
    this.#file.close();
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batch);
        for (const { onWritten, resolve } of batch) {
          onWritten();
          resolve();
        }
      } catch (error) {
        const failure = toFileError(error, "append to", this.#path);
        for (const { reject } of batch) reject(failure);
      }
    }
    this.#flushing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const bytes = encodeJournalLines(this.#lineCount + 1, batch.map(({ json }) => json));
    try {
      await writeAll(this.#file, bytes);
    } catch (error) {
      await this.#cutOff(error);
      throw error;
    }
    try {
      if (batch.some(({ sync }) => sync)) await this.#file.syncData();
    } catch (error) {
      // The system may have dropped what it could not write: what the file holds is not known.
      this.#broken = toFileError(error, "append to", this.#path);
      throw error;
    }
    this.#size += bytes.length;
    this.#lineCount += batch.length;
  }

  /** A full disk takes a part of a line: the next one must not follow it. */
  async #cutOff(reason: unknown): Promise<void> {
    try {
      await this.#file.truncate(this.#size);
    } catch {
      this.#broken = toFileError(reason, "append to", this.#path);
    }
  }
}
