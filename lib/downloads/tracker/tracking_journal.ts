/**
 * The journal beside the CSV, `<csv>.journal`, to which any number of processes append, one at a
 * time: all but reading needs the CSV's lock.
 *
 * Its lines are those of core's journals. A process that dies in an append leaves a line without
 * its end, which was never acknowledged and is cut off. Anything else that does not match its
 * checksum or its number is damage, and an error.
 */

import { dirname } from "@std/path";
import {
  encodeJournalLines,
  ErrorCategory,
  ErrorSeverity,
  ExitCode,
  FileOperationError,
  scanJournal,
  syncFolder,
  toFileError,
} from "../../core/mod.ts";
import { openCompanion, statIfThere } from "./companion_file.ts";
import { type JournalEntry, parseJournalEntry } from "./journal_entry.ts";

const lineFeed = 0x0a;

/** Gives the path of a CSV's journal. */
export function journalPath(csvPath: string): string {
  return `${csvPath}.journal`;
}

/**
 * Reads a journal without its lock: what is acknowledged is there.
 *
 * @throws FileOperationError with the code `DATA_CORRUPTION` when it is damaged.
 */
export function readTrackingJournal(csvPath: string): JournalEntry[] {
  const path = journalPath(csvPath);
  try {
    return parseLines(Deno.readFileSync(path), path, 1).entries;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw toFileError(error, "read", path);
  }
}

/** A process's hold on the journal of a CSV, and how far it has read it. */
export class TrackingJournal implements Disposable {
  /** The journal's file. */
  readonly path: string;
  readonly #csvPath: string;
  #file: Deno.FsFile | undefined;
  #size = 0;
  #lineCount = 0;
  /** Whether the journal's name is known to be on the disk: who made it may not have got so far. */
  #isNamed = false;

  /** Names the journal; nothing is opened yet. */
  constructor(csvPath: string) {
    this.path = journalPath(csvPath);
    this.#csvPath = csvPath;
  }

  /** Whether there was a journal at the last look. */
  get isThere(): boolean {
    return this.#file !== undefined;
  }

  /** How many bytes of entries have been read or written. */
  get size(): number {
    return this.#size;
  }

  /**
   * Gives the entries that others have appended since the last look, all at the first.
   *
   * @throws FileOperationError with the code `DATA_CORRUPTION` when the journal is damaged, is
   * shorter than it was, or was taken away.
   */
  readNew(): JournalEntry[] {
    const found = statIfThere(this.path);
    if (this.#file === undefined) {
      if (found === undefined) return [];
      this.#open();
    } else if (found === undefined || found.ino !== this.#file.statSync().ino) {
      throw journalDamage(this.path, "another program has taken it away");
    }
    return this.#readOn();
  }

  /**
   * Appends an entry: other processes see it at once, and after {@link sync} it is durable.
   *
   * @throws FileOperationError when it cannot be written; the journal is then as it was.
   */
  append(entry: JournalEntry): void {
    const file = this.#file ?? this.#open();
    const bytes = encodeJournalLines(this.#lineCount + 1, [JSON.stringify(entry)]);
    try {
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    } catch (error) {
      // What cannot be cut off has no end of its own, and whoever reads next cuts it off.
      try {
        file.truncateSync(this.#size);
      } catch { /* the first error says more */ }
      throw toFileError(error, "write to", this.path);
    }
    this.#size += bytes.length;
    this.#lineCount++;
  }

  /**
   * Writes what was appended to the disk. The lock is not needed.
   *
   * @throws FileOperationError when the disk fails; what is on it is then not known.
   */
  async sync(): Promise<void> {
    try {
      await this.#file?.syncData();
      if (!this.#isNamed) await syncFolder(dirname(this.path));
      this.#isNamed = true;
    } catch (error) {
      throw toFileError(error, "write to", this.path);
    }
  }

  /** Removes the journal, whose entries are all in the CSV. */
  async remove(): Promise<void> {
    this.forget();
    try {
      await Deno.remove(this.path);
      await syncFolder(dirname(this.path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw toFileError(error, "remove", this.path);
    }
  }

  /** Closes the file; the next look begins at its beginning. */
  forget(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#size = 0;
    this.#lineCount = 0;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.forget();
  }

  #open(): Deno.FsFile {
    this.#isNamed = false;
    this.#file = openCompanion(this.path, this.#csvPath, { read: true, append: true });
    return this.#file;
  }

  #readOn(): JournalEntry[] {
    const file = this.#file ?? this.#open();
    try {
      const { size } = file.statSync();
      if (size < this.#size) throw journalDamage(this.path, "it is shorter than it was");
      if (size === this.#size) return [];
      const bytes = readFrom(file, this.#size, size);
      const { entries, validBytes } = parseLines(bytes, this.path, this.#lineCount + 1);
      if (validBytes < bytes.length) file.truncateSync(this.#size + validBytes);
      this.#size += validBytes;
      this.#lineCount += entries.length;
      return entries;
    } catch (error) {
      throw toFileError(error, "read", this.path);
    }
  }
}

function readFrom(file: Deno.FsFile, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  let done = 0;
  file.seekSync(start, Deno.SeekMode.Start);
  while (done < bytes.length) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function parseLines(
  bytes: Uint8Array,
  path: string,
  firstNumber: number,
): { entries: JournalEntry[]; validBytes: number } {
  const { entries, validBytes } = scanJournal(bytes, path, firstNumber);
  const torn = bytes.subarray(validBytes);
  // A write that was cut off has no line end, nor all before a line end that was flipped.
  if (torn.includes(lineFeed) || isWholeLine(torn.subarray(0, -1))) {
    const line = firstNumber + entries.length;
    throw journalDamage(path, `line ${line} does not match its checksum`);
  }
  const parsed = entries.map((entry, place) => {
    try {
      return parseJournalEntry(entry);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw journalDamage(path, `line ${firstNumber + place} is not understood: ${reason}`);
    }
  });
  return { entries: parsed, validBytes };
}

function isWholeLine(bytes: Uint8Array): boolean {
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes);
  line[bytes.length] = lineFeed;
  try {
    return scanJournal(line, "").validBytes > 0;
  } catch {
    return true; // it is whole, and its number is another one
  }
}

function journalDamage(path: string, reason: string): FileOperationError {
  return new FileOperationError(
    `Cannot use the journal '${path}' as ${reason}; it holds updates that are not in the CSV yet: ` +
      "restore it from a backup, or move it away to go on without them",
    {
      code: "DATA_CORRUPTION",
      category: ErrorCategory.DATA_CORRUPTION,
      severity: ErrorSeverity.CRITICAL,
      exitCode: ExitCode.localStore,
      context: { file_path: path },
    },
  );
}
