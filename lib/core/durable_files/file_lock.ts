/** Advisory locks between processes, and between callers within one. */

import { resolve } from "node:path";
import { delay, withDeadline } from "../delay.ts";
import { FileOperationError } from "../errors/error_classes.ts";
import { toFileError } from "../errors/to_file_error.ts";
import { isTurnTaken, queueTurn } from "./in_turn.ts";
import { isStillAt } from "./same_file.ts";

/** How {@link acquireFileLock} waits. */
export interface FileLockOptions {
  /** Ends the wait; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** The longest wait, in milliseconds; 0 tries once. Defaults to 30 000. */
  timeoutMs?: number;
  /**
   * Removes the lock file when the lock is released: for locks of which there are many, such as
   * one a row. Programs that take the lock with `flock` alone do not notice. Defaults to false.
   */
  removeOnRelease?: boolean;
}

const defaultTimeoutMs = 30_000;
const firstPollMs = 2;
const longestPollMs = 50;

/** A lock that is held until it is released, disposed of, or its process ends in any way. */
export class FileLock implements Disposable {
  /** The file that the lock protects. */
  readonly path: string;
  #release: (() => void) | undefined;

  /** Wraps a lock that was acquired; `release` gives it up. */
  constructor(path: string, release: () => void) {
    this.path = path;
    this.#release = release;
  }

  /** Gives the lock up. A second call does nothing. */
  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  /** The same as {@link release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Waits for the exclusive lock of a file and takes it.
 *
 * The lock is a `flock` on a file of its own, `<path>.lock`, because a lock on a file that is
 * replaced by a rename loses updates. The system gives it up when the process ends, `kill -9`
 * included. Within this process callers come in turn; between processes nobody is preferred. The
 * file itself need not exist, its folder must.
 *
 * @throws FileOperationError with the code `LOCK_TIMEOUT`, retryable, when another holds the lock
 * for longer than `timeoutMs`.
 */
export async function acquireFileLock(
  path: string,
  options: FileLockOptions = {},
): Promise<FileLock> {
  const { signal, timeoutMs = defaultTimeoutMs } = options;
  const onTimeout = () => lockTimeout(path, timeoutMs);
  const deadline = performance.now() + timeoutMs;
  const turn = queueTurn(turnKey(path));
  try {
    await withDeadline(turn.come, { ms: timeoutMs, signal, onTimeout });
    for (let pollMs = firstPollMs;; pollMs = Math.min(pollMs * 1.5, longestPollMs)) {
      const lock = await tryLock(path, turn.end, options);
      if (lock !== undefined) return lock;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw onTimeout();
      // A part by chance: waiters that started together must not ask together for ever.
      await delay(Math.min(leftMs, pollMs * (0.5 + Math.random() / 2)), { signal });
    }
  } catch (error) {
    turn.end();
    signal?.throwIfAborted();
    throw toFileError(error, "lock", path);
  }
}

/** How {@link tryFileLock} takes a lock. */
export interface TryFileLockOptions extends Pick<FileLockOptions, "removeOnRelease"> {
  /** Makes the lock file where there is none. Defaults to true; else there is nothing to lock. */
  create?: boolean;
}

/** Takes the exclusive lock of a file if nobody holds it, without waiting; else gives undefined. */
export async function tryFileLock(
  path: string,
  options: TryFileLockOptions = {},
): Promise<FileLock | undefined> {
  if (isTurnTaken(turnKey(path))) return undefined;
  const turn = queueTurn(turnKey(path));
  try {
    const lock = await tryLock(path, turn.end, options);
    if (lock === undefined) turn.end();
    return lock;
  } catch (error) {
    turn.end();
    throw toFileError(error, "lock", path);
  }
}

/**
 * Tells whether a process holds the lock of a file. The lock file is only read, so that looking needs
 * no permission to write and takes nothing away. One that may not be read is another user's, who may
 * hold it: that counts as held.
 *
 * @throws FileOperationError when the lock file cannot be looked at for another reason.
 */
export async function isFileLockHeld(path: string): Promise<boolean> {
  const lockPath = `${path}.lock`;
  try {
    using file = await Deno.open(lockPath);
    return !await file.tryLock(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw toFileError(error, "look at", lockPath);
  }
}

function turnKey(path: string): string {
  return `lock ${resolve(path)}`;
}

async function tryLock(
  path: string,
  endTurn: () => void,
  { removeOnRelease = false, create = true }: TryFileLockOptions,
): Promise<FileLock | undefined> {
  const lockPath = `${path}.lock`;
  for (;;) {
    const file = await openLock(lockPath, create);
    if (file === undefined) return undefined;
    try {
      if (!await file.tryLock(true)) {
        file.close();
        return undefined;
      }
      if (!await isStillAt(lockPath, file)) { // its last holder removed it
        file.close();
        continue;
      }
      await nameHolder(file);
    } catch (error) {
      file.close();
      throw error;
    }
    return new FileLock(path, () => {
      try {
        if (removeOnRelease) Deno.removeSync(lockPath);
      } finally {
        file.close();
        endTurn();
      }
    });
  }
}

async function openLock(lockPath: string, create: boolean): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(lockPath, { write: true, create });
  } catch (error) {
    if (!create && error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** For the person who asks who holds it; the lock itself does not depend on it. */
async function nameHolder(file: Deno.FsFile): Promise<void> {
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
}

function lockTimeout(path: string, timeoutMs: number): FileOperationError {
  return new FileOperationError(
    `Cannot lock '${path}' as ${holderOf(path)} has held '${path}.lock' for more than ` +
      `${timeoutMs} ms; wait until it has finished or stop it`,
    { code: "LOCK_TIMEOUT", retryable: true, context: { file_path: path } },
  );
}

function holderOf(path: string): string {
  try {
    const pid = Deno.readTextFileSync(`${path}.lock`).trim();
    if (pid === String(Deno.pid)) return "this process";
    return /^\d+$/.test(pid) ? `process ${pid}` : "another process";
  } catch {
    return "another process"; // it may be unreadable to this user: the lock works all the same
  }
}
