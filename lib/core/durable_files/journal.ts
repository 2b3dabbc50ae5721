/** Append-only journals that survive a crash at any instruction. */

import { FileOperationError, ValidationError } from "../errors/error_classes.ts";
import { errorReason } from "../errors/error_fields.ts";
import { toFileError } from "../errors/to_file_error.ts";
import { acquireFileLock, type FileLock } from "./file_lock.ts";
import { JournalFile } from "./journal_file.ts";
import { encodeJournalLines } from "./journal_line.ts";
import { type JournalContent, loadJournal, type ParseEntry } from "./read_journal.ts";
import { writeFileAtomic } from "./write_file_atomic.ts";

/** How {@link Journal.open} opens. */
export interface JournalOptions {
  /** Whether the journal takes the lock of its file. Defaults to true; false is for a caller that holds it. */
  lock?: boolean;
  /** The longest wait for that lock, in milliseconds. Defaults to 30 000. */
  lockTimeoutMs?: number;
  /** Ends the wait for the lock. */
  signal?: AbortSignal | undefined;
}

/**
 * A file of JSON entries, one a line, that is only ever appended to or replaced as a whole.
 *
 * An append that has returned is there after a crash. What a crash leaves of one that has not is
 * cut off by the next {@link Journal.open} and counted in `droppedBytes`. Every line carries a
 * checksum and its number, so that any other damage is an error and never a wrong entry. One
 * process at a time has a journal open: it holds the lock `<path>.lock`.
 */
export class Journal<T> implements AsyncDisposable {
  /** The journal's file. */
  readonly path: string;
  /** How many bytes of a torn last write were cut off on opening. */
  readonly droppedBytes: number;
  #entries: T[];
  #appendedCount = 0;
  #file: JournalFile;
  #lock: FileLock | undefined;
  #closed: Promise<void> | undefined;
  #rewriting: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    content: JournalContent<T>,
    file: JournalFile,
    lock: FileLock | undefined,
  ) {
    this.path = path;
    this.droppedBytes = content.droppedBytes;
    this.#entries = content.entries;
    this.#file = file;
    this.#lock = lock;
  }

  /**
   * Opens a journal, or creates an empty one in a folder that exists.
   *
   * @throws FileOperationError as {@link readJournal} does, when the file cannot be opened, and
   * with the code `LOCK_TIMEOUT` when another process has it open.
   */
  static async open<T>(
    path: string,
    parse: ParseEntry<T>,
    options: JournalOptions = {},
  ): Promise<Journal<T>> {
    const { lock: takesLock = true, lockTimeoutMs, signal } = options;
    const lock = takesLock
      ? await acquireFileLock(path, {
        signal,
        ...(lockTimeoutMs === undefined ? {} : { timeoutMs: lockTimeoutMs }),
      })
      : undefined;
    try {
      const content = await loadJournal(path, parse);
      const { validBytes, entries } = content;
      const file = await JournalFile.open(path, { validBytes, lineCount: entries.length });
      return new Journal(path, content, file, lock);
    } catch (error) {
      lock?.release();
      throw toFileError(error, "open", path);
    }
  }

  /** The entries in the order in which they were appended, the unfinished appends left out. */
  entries(): readonly T[] {
    return [...this.#entries];
  }

  /**
   * Appends an entry. It is taken as it is at the time of the call.
   *
   * With `sync` (the default) it is on the disk when this returns; appends made at the same time
   * share one flush. Without, it survives the end of this process, but not a power failure.
   *
   * @throws ValidationError when the entry has no JSON form.
   * @throws FileOperationError when it cannot be written; the journal then holds what it held
   * before. After a failed flush nobody knows what is on the disk: every later append fails until
   * the journal is opened again.
   */
  async append(entry: T, { sync = true }: { sync?: boolean } = {}): Promise<void> {
    const json = toJson(entry);
    this.#requireOpen();
    await this.#rewriting;
    await this.#file.append(json, sync, () => {
      this.#entries.push(entry);
      this.#appendedCount++;
    });
  }

  /**
   * Replaces all entries that `entries()` gives at the time of the call, for compaction. A crash
   * leaves all the old ones or all the new ones. Appends that finish later come after them.
   *
   * @throws FileOperationError when the file cannot be written.
   */
  async rewrite(entries: readonly T[]): Promise<void> {
    const kept = entries.map((entry) => ({ entry, json: toJson(entry) }));
    this.#requireOpen();
    const countAtCall = this.#appendedCount;
    const rewritten = this.#rewriting.then(() => this.#replace(kept, countAtCall));
    this.#rewriting = rewritten.catch(() => {}); // this call rejects; the next ones go on
    await rewritten;
  }

  /** Waits for the appends in hand, closes the file and releases the lock. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#rewriting.then(async () => {
      try {
        await this.#file.settled();
      } finally {
        this.#file.close();
        this.#lock?.release();
      }
    });
    return this.#closed;
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #replace(kept: readonly Line<T>[], countAtCall: number): Promise<void> {
    const old = this.#file;
    await old.settled();
    const laterCount = this.#appendedCount - countAtCall;
    const later = this.#entries.slice(this.#entries.length - laterCount);
    const lines = [...kept, ...later.map((entry) => ({ entry, json: toJson(entry) }))];
    const bytes = encodeJournalLines(1, lines.map(({ json }) => json));
    try {
      await writeFileAtomic(this.path, bytes);
      this.#file = await JournalFile.open(this.path, {
        validBytes: bytes.length,
        lineCount: lines.length,
      });
    } catch (error) {
      await old.breakIfReplaced(error);
      throw toFileError(error, "rewrite", this.path);
    }
    this.#entries = lines.map(({ entry }) => entry);
    old.close();
  }

  #requireOpen(): void {
    if (this.#closed === undefined) return;
    throw new FileOperationError(
      `Cannot write to the journal '${this.path}' as it is closed; open it again`,
      { code: "CLOSED", context: { file_path: this.path } },
    );
  }
}

interface Line<T> {
  entry: T;
  json: string;
}

function toJson(entry: unknown): string {
  try {
    const json = JSON.stringify(entry);
    if (typeof json === "string") return json;
  } catch (error) {
    throw new ValidationError(
      `Cannot append the entry as it cannot be written as JSON: ${errorReason(error)}`,
      { cause: error },
    );
  }
  throw new ValidationError(`Cannot append the entry as it has no JSON form: it is ${entry}`);
}
