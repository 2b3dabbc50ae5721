/**
 * The local file that a download is written to until it is whole.
 *
 * Only what waits for the disk is left to another thread. The other calls take a few microseconds
 * each, and handing them over takes five times that: half of the time of many small files.
 */

import { basename, dirname, join } from "node:path";
import { toFileError } from "../../core/mod.ts";
import { giveFreeName } from "./give_free_name.ts";
import { openLockedPart } from "./open_locked_part.ts";
import { forgetPartState, type PartSource, readPartState, writePartState } from "./part_state.ts";
import { resumablePartName, uniquePartName } from "./part_name.ts";

/** How a part becomes the file. */
export interface FinishOptions {
  /** When the source was changed last, in milliseconds since 1970. */
  mtimeMs: number;
  /** Replaces what is at the target. */
  overwrite: boolean;
}

/** A part under its temporary name, in the target's folder. */
export class LocalPart {
  readonly #file: Deno.FsFile;
  readonly #partPath: string;
  readonly #targetPath: string;
  readonly #source: PartSource | undefined;
  #isOpen = true;

  /** How many bytes of it an earlier run has left. */
  resumedFrom = 0;

  private constructor(
    file: Deno.FsFile,
    paths: { part: string; target: string },
    source?: PartSource,
  ) {
    this.#file = file;
    this.#partPath = paths.part;
    this.#targetPath = paths.target;
    this.#source = source;
  }

  /** Begins a part that is removed when it does not become whole. */
  static create(targetPath: string): LocalPart {
    const part = join(dirname(targetPath), uniquePartName(basename(targetPath)));
    try {
      const file = Deno.openSync(part, { read: true, write: true, createNew: true });
      return new LocalPart(file, { part, target: targetPath });
    } catch (error) {
      throw toFileError(error, "write", targetPath);
    }
  }

  /**
   * Begins a part that a later run can go on with, or goes on with the one that is there when it is
   * of the same source. It is locked as long as this process lives. Where there are
   * no locks, it begins one as {@link create} does.
   */
  static async resume(targetPath: string, source: PartSource): Promise<LocalPart> {
    const path = join(dirname(targetPath), resumablePartName(basename(targetPath)));
    try {
      const file = await openLockedPart(path, targetPath);
      if (file === undefined) return LocalPart.create(targetPath);
      const part = new LocalPart(file, { part: path, target: targetPath }, source);
      try {
        const doneBytes = await readPartState(path, source);
        const { size } = await file.stat();
        part.resumedFrom = doneBytes <= size ? doneBytes : 0;
        await file.truncate(part.resumedFrom);
      } catch (error) {
        part.#close();
        throw error;
      }
      return part;
    } catch (error) {
      throw toFileError(error, "write", targetPath);
    }
  }

  /** Whether a later run can go on with it. */
  get isResumable(): boolean {
    return this.#source !== undefined;
  }

  /**
   * Writes bytes at a position. It is the system's cache that takes them, which is a copy; giving
   * that to another thread costs more than it.
   */
  writeAt(bytes: Uint8Array, position: number): void {
    try {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.#file.writeSync(rest));
    } catch (error) {
      throw toFileError(error, "write", this.#targetPath);
    }
  }

  /** Reads what was written before, for its checksum; gives how many bytes, 0 at the end. */
  readAt(buffer: Uint8Array, position: number): number {
    try {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      return this.#file.readSync(buffer) ?? 0;
    } catch (error) {
      throw toFileError(error, "read", this.#targetPath);
    }
  }

  /** Makes what there is up to a position survive a crash, for a later run to go on with. */
  async checkpoint(doneBytes: number): Promise<void> {
    if (this.#source === undefined) return;
    try {
      await this.#file.sync();
      await writePartState(this.#partPath, this.#source, doneBytes);
    } catch (error) {
      throw toFileError(error, "write", this.#targetPath);
    }
  }

  /** Forgets what was resumed: the source turned out to be another one. */
  async restart(): Promise<void> {
    this.resumedFrom = 0;
    await forgetPartState(this.#partPath);
    await this.#file.truncate(0);
  }

  /** Gives it the source's time and its final name. The folder is still to be synced. */
  async finish({ mtimeMs, overwrite }: FinishOptions): Promise<void> {
    try {
      if (mtimeMs > 0) this.#file.utimeSync(new Date(mtimeMs), new Date(mtimeMs));
      await this.#file.sync();
      if (overwrite) Deno.renameSync(this.#partPath, this.#targetPath);
      else giveFreeName(this.#partPath, this.#targetPath);
      if (this.isResumable) await forgetPartState(this.#partPath);
    } catch (error) {
      throw toFileError(error, "write", this.#targetPath);
    } finally {
      this.#close();
    }
  }

  /** Leaves it for a later run. */
  async keep(doneBytes: number): Promise<void> {
    try {
      await this.checkpoint(doneBytes);
    } catch {
      // Why the transfer failed matters more; without its state the part is begun again.
    } finally {
      this.#close();
    }
  }

  /** Removes it. */
  async discard(): Promise<void> {
    // While it is still locked: afterwards the name may be another process's.
    await Deno.remove(this.#partPath).catch(() => {});
    if (this.isResumable) await forgetPartState(this.#partPath);
    this.#close();
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
