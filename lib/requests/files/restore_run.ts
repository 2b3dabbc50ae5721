/** What a run of restores leaves on servers and disks while it is under way, and how it is known again. */

import { join } from "@std/path";
import { type FileLock, toFileError, tryFileLock } from "../../core/mod.ts";
import { type RemoteFile, remoteFolder, remotePath } from "../../sftp/mod.ts";

/** A lock file outlives its run this long: as long as what the run left may have to be removed. */
const keptMs = 7 * 24 * 60 * 60 * 1000;

/** What was made so long ago is nobody's, whichever machine made it. */
const abandonedMs = 24 * 60 * 60 * 1000;

const tokenPattern = /^[0-9a-f]{8}$/;
const partPattern = /\.([0-9a-f]{8})-([0-9a-f]{8})\.opsdeck-part/;

/**
 * One run. It marks the names of its temporary files with a token and holds a lock file of that
 * name under the state folder; the system gives the lock up when the process ends, `kill -9` included,
 * so that a later run on this machine tells what a dead one has left from what a live one needs.
 */
export class RestoreRun implements AsyncDisposable {
  readonly #token: string;
  readonly #tempDir: string;
  readonly #locks: FileLock[];
  readonly #dead: ReadonlySet<string>;
  #folder: Promise<string> | undefined;
  #lastPart = 0;

  private constructor(
    token: string,
    tempDir: string,
    { locks, dead }: { locks: FileLock[]; dead: ReadonlySet<string> },
  ) {
    this.#token = token;
    this.#tempDir = tempDir;
    this.#locks = locks;
    this.#dead = dead;
  }

  /** Begins a run, and removes what dead ones have left in `tempDir`. */
  static async begin(tempDir: string, stateFolder: string): Promise<RestoreRun> {
    const state = join(stateFolder, "restores");
    await Deno.mkdir(state, { recursive: true, mode: 0o700 }).catch((error) => {
      throw toFileError(error, "create", state);
    });
    const locks: FileLock[] = [];
    try {
      const { token, lock } = await ownToken(state);
      locks.push(lock);
      const dead = await findDead(state, token, locks);
      for (const one of dead) await removeFolder(localFolder(tempDir, one));
      return new RestoreRun(token, tempDir, { locks, dead });
    } catch (error) {
      for (const lock of locks) lock.release();
      throw error;
    }
  }

  /** Gives a temporary name beside a path that nobody else uses. */
  partPath(path: string): string {
    const name = path.slice(path.lastIndexOf("/") + 1);
    // In seconds, and no second twice. The file's own time is that of its source.
    this.#lastPart = Math.max(Math.floor(Date.now() / 1000), this.#lastPart + 1);
    const madeAt = this.#lastPart.toString(16).padStart(8, "0");
    const part = `.${cut(name)}.${this.#token}-${madeAt}.opsdeck-part`;
    return remotePath(remoteFolder(path), part);
  }

  /** Tells whether a temporary file was left by a run that is over. */
  isAbandoned({ name }: Pick<RemoteFile, "name">): boolean {
    const [, token, madeAt] = partPattern.exec(name) ?? [];
    if (token === undefined || madeAt === undefined) return false;
    return this.#dead.has(token) || parseInt(madeAt, 16) * 1000 < Date.now() - abandonedMs;
  }

  /** Gives a folder of its own in `tempDir`, made when it is first needed, for this user alone. */
  async folder(): Promise<string> {
    this.#folder ??= this.#makeFolder();
    return await this.#folder;
  }

  async #makeFolder(): Promise<string> {
    const folder = localFolder(this.#tempDir, this.#token);
    try {
      await Deno.mkdir(folder, { mode: 0o700 });
    } catch (error) {
      throw toFileError(error, "create", folder);
    }
    return folder;
  }

  /** Ends the run. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#folder !== undefined) await removeFolder(localFolder(this.#tempDir, this.#token));
    } finally {
      for (const lock of this.#locks) lock.release();
    }
  }
}

/** Another run may take a new lock file for one of the dead, before it is locked: then not this one. */
async function ownToken(state: string): Promise<{ token: string; lock: FileLock }> {
  for (;;) {
    const token = randomHex(4);
    const lock = await tryFileLock(join(state, token), { removeOnRelease: true });
    if (lock !== undefined) return { token, lock };
  }
}

/** Finds the runs whose locks nobody holds, and takes them: another run lets them be then. */
async function findDead(state: string, own: string, locks: FileLock[]): Promise<Set<string>> {
  const dead = new Set<string>();
  for await (const { name } of Deno.readDir(state)) {
    const token = name.replace(/\.lock$/, "");
    if (token === own || token === name || !tokenPattern.test(token)) continue;
    const isOld = await isOlderThan(join(state, name), keptMs);
    // Not made anew: its run may have ended, and removed it, since the folder was listed.
    const lock = await tryFileLock(join(state, token), { removeOnRelease: isOld, create: false });
    if (lock === undefined) continue;
    locks.push(lock);
    dead.add(token);
  }
  return dead;
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  try {
    return ((await Deno.stat(path)).birthtime?.getTime() ?? Date.now()) < Date.now() - ms;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw toFileError(error, "remove", path);
  }
}

function localFolder(tempDir: string, token: string): string {
  return join(tempDir, `opsdeck-restore-${token}`);
}

function randomHex(bytes: number): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** File systems take names of 255 bytes. */
function cut(name: string): string {
  let short = name;
  while (new TextEncoder().encode(short).length > 200) short = short.slice(0, -10);
  return short.toWellFormed();
}
