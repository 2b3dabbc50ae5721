/** The lock of a CSV, `<csv>.lock`: the same as core's, but for many short holds. */

import { delay, FileOperationError, toFileError } from "../../core/mod.ts";
import { openCompanion, statIfThere } from "./companion_file.ts";

/** How long to wait for the lock. */
export interface TrackerLockOptions {
  /** The longest wait, in milliseconds. */
  timeoutMs: number;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

const firstPollMs = 1;
const longestPollMs = 20;

/**
 * Takes and gives up the lock without opening its file each time, which would cost more than an
 * update. Programs that hold it by `flock` are waited for as well.
 */
export class TrackerLock implements Disposable {
  readonly #path: string;
  readonly #csvPath: string;
  #file: Deno.FsFile | undefined;

  /** Names the lock; nothing is opened yet. */
  constructor(csvPath: string) {
    this.#path = `${csvPath}.lock`;
    this.#csvPath = csvPath;
  }

  /**
   * Waits for the lock and takes it until the result is disposed of.
   *
   * @throws FileOperationError with the code `LOCK_TIMEOUT`, retryable.
   */
  async acquire({ timeoutMs, signal }: TrackerLockOptions): Promise<Disposable> {
    const deadline = performance.now() + timeoutMs;
    for (let pollMs = firstPollMs;; pollMs = Math.min(pollMs * 1.5, longestPollMs)) {
      signal?.throwIfAborted();
      const file = this.#tryLock();
      if (file !== undefined) return { [Symbol.dispose]: () => file.unlockSync() };
      if (performance.now() >= deadline) throw this.#timeout(timeoutMs);
      await delay(pollMs * (0.5 + Math.random() / 2), { signal });
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #tryLock(): Deno.FsFile | undefined {
    try {
      for (;;) {
        this.#file ??= openCompanion(this.#path, this.#csvPath, { read: true, write: true });
        const file = this.#file;
        if (!file.tryLockSync(true)) return undefined;
        // Somebody may have removed it: then others lock another file.
        if (statIfThere(this.#path)?.ino === file.statSync().ino) return file;
        this[Symbol.dispose]();
      }
    } catch (error) {
      throw toFileError(error, "lock", this.#csvPath);
    }
  }

  #timeout(timeoutMs: number): FileOperationError {
    return new FileOperationError(
      `Cannot lock '${this.#csvPath}' as another process has held '${this.#path}' for more than ` +
        `${timeoutMs} ms; wait until it has finished or stop it`,
      { code: "LOCK_TIMEOUT", retryable: true, context: { file_path: this.#csvPath } },
    );
  }
}
