/** Temporary remote names of parts that did not become files, and of files that they replace. */

import {
  isMissing,
  isTaken,
  oldFileOf,
  requireFree,
  type SftpConnection,
} from "../connection/mod.ts";

/** How long a removal may take: it must not hold up the news of a failure. */
const removalMs = 5000;

/** Removes parts, and remembers those that could not be removed as the connection was gone. */
export class Leftovers {
  readonly #paths = new Set<string>();
  /** What was to be replaced when it went wrong: where it may be now, and where it was. */
  readonly #oldFiles = new Map<string, string>();

  /** Those that are still there, as far as is known. */
  get paths(): ReadonlySet<string> {
    return new Set([...this.#paths, ...this.#oldFiles.keys()]);
  }

  /** Remembers the old file that an error of replacing tells of. */
  noteOldFile(targetPath: string, error: unknown): void {
    const oldFile = oldFileOf(error);
    if (oldFile !== undefined) this.#oldFiles.set(oldFile, targetPath);
  }

  /** Removes a part, now or with {@link removeAll}; does not throw. */
  async remove(connection: SftpConnection, path: string): Promise<void> {
    try {
      await connection.remove(path, { timeoutMs: removalMs });
    } catch (error) {
      if (!isMissing(error)) this.#paths.add(path);
    }
  }

  /**
   * Removes over a new connection what could not be removed before, and gives old files their names
   * back where nothing has taken them; does not throw.
   */
  async removeAll(connection: SftpConnection): Promise<void> {
    for (const path of [...this.#paths]) {
      this.#paths.delete(path);
      await this.remove(connection, path);
    }
    for (const [oldFile, targetPath] of [...this.#oldFiles]) {
      if (await isSettled(connection, oldFile, targetPath)) this.#oldFiles.delete(oldFile);
    }
  }
}

/** Settles what a connection's end left open: the new file has its name, or the old one gets it. */
async function isSettled(
  connection: SftpConnection,
  oldFile: string,
  targetPath: string,
): Promise<boolean> {
  const options = { timeoutMs: removalMs };
  try {
    await requireFree(connection, targetPath, options);
    await connection.rename(oldFile, targetPath, options);
    return true;
  } catch (error) {
    if (!isTaken(error)) return isMissing(error);
  }
  try {
    await connection.remove(oldFile, options);
    return true;
  } catch (error) {
    return isMissing(error);
  }
}
