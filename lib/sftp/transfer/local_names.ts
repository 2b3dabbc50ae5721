/** The names that local folders had when a transfer of many files began. */

import { basename, dirname } from "node:path";

/** From so many files on, reading a folder costs less than asking for each of them. */
const minFiles = 16;

/** How many names a folder may have for each file that comes, to be worth reading. */
const namesPerFile = 4;

/**
 * Knows which targets were not there. To ask for one costs an exception where it is missing, as
 * most are.
 */
export class LocalNames {
  readonly #maxNames: number;
  readonly #folders = new Map<string, ReadonlySet<string> | undefined>();

  /** Begins to know, for a transfer of so many files. */
  constructor(files: number) {
    this.#maxNames = files < minFiles ? 0 : files * namesPerFile;
  }

  /** Whether something may be at a path. Only a look at it can tell what, and whether it still is. */
  mayHave(path: string): boolean {
    if (this.#maxNames === 0) return true;
    const folder = dirname(path);
    if (!this.#folders.has(folder)) this.#folders.set(folder, this.#read(folder));
    return this.#folders.get(folder)?.has(basename(path)) ?? true;
  }

  #read(folder: string): ReadonlySet<string> | undefined {
    const names = new Set<string>();
    try {
      for (const { name } of Deno.readDirSync(folder)) {
        if (names.size === this.#maxNames) return undefined;
        names.add(name);
      }
    } catch {
      return undefined; // the look at each target says what is wrong
    }
    return names;
  }
}
