/** From paths, folders and patterns to the files that they mean. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";
import { isPartName } from "../transfer/mod.ts";
import type { FileTree, TreeEntry } from "./file_tree.ts";
import { findMatches, isPattern } from "./find_matches.ts";
import { type Selection, troubleOfPath } from "./selection.ts";
import { type FoundEntry, maxDepth, walkFolders } from "./walk_folders.ts";

/** How {@link selectFiles} selects. */
export interface SelectOptions {
  /** Whether folders are gone through. Otherwise a folder is a failure. Defaults to true. */
  recursive?: boolean;
  /** Whether links and unfinished transfers count as files. Otherwise they are set aside. */
  takeAll?: boolean;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/**
 * Finds the files that paths mean. A path of a file means the file, that of a folder all files in
 * it, and a pattern what fits it. A file whose name looks like a pattern is found by its name.
 *
 * @throws SFTPConnectionError when the connection is lost; other trouble is in `failures`
 */
export async function selectFiles(
  tree: FileTree,
  paths: readonly string[],
  options: SelectOptions = {},
): Promise<Selection> {
  const collector = new Collector(tree, options);
  for (const path of paths) await collector.add(path);
  const { selection } = collector;
  for (const entries of [selection.files, selection.folders]) {
    entries.sort((a, b) => a.path < b.path ? -1 : 1);
  }
  return selection;
}

/** Cuts slashes off a path's end. */
export function plainPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

class Collector {
  readonly selection: Selection = { files: [], folders: [], setAside: [], failures: [] };
  readonly #tree: FileTree;
  readonly #options: SelectOptions;
  readonly #steps: {
    onFailure: (path: string, error: unknown) => void;
    signal: AbortSignal | undefined;
  };
  readonly #seen = new Set<string>();

  constructor(tree: FileTree, options: SelectOptions) {
    this.#tree = tree;
    this.#options = options;
    const onFailure = (path: string, error: unknown) => this.#fail(path, error);
    this.#steps = { onFailure, signal: options.signal };
  }

  /** Adds what one path means. */
  async add(given: string): Promise<void> {
    const path = plainPath(given);
    try {
      const entry = await this.#tree.lookAt(path);
      if (entry !== undefined) {
        // A folder that is named by its place alone has no name to keep.
        const relative = isPlace(path) ? "" : entry.name;
        await this.#take({ entry, relative }, true);
        return;
      }
      if (!isPattern(path)) throw nothingThere(path);
      for (const found of await findMatches(this.#tree, path, this.#steps)) {
        await this.#take(found, false);
      }
    } catch (error) {
      this.#fail(path, error);
    }
  }

  /** @param isNamed whether a person named this very entry */
  async #take({ entry, relative }: FoundEntry, isNamed: boolean): Promise<void> {
    if (!this.#put({ entry, relative }, isNamed) || entry.kind !== "directory") return;
    await walkFolders(this.#tree, { folder: entry.path, relative, depth: maxDepth }, {
      ...this.#steps,
      visit: (found) => this.#put(found, false),
    });
  }

  /** Puts an entry where it belongs; gives false when it was there or is not to be gone into. */
  #put({ entry, relative }: FoundEntry, isNamed: boolean): boolean {
    const { path, kind, size, mtimeMs } = entry;
    if (this.#seen.has(path)) return false;
    this.#seen.add(path);
    const isWhole = kind === "file" && !isPartName(entry.name);
    if (isWhole || (kind !== "directory" && kind !== "other" && this.#options.takeAll)) {
      this.selection.files.push({ path, relative, size, mtimeMs });
      return true;
    }
    if (kind === "directory" && this.#options.recursive !== false) {
      this.selection.folders.push({ path, relative, size: 0, mtimeMs });
      return true;
    }
    const reason = reasons[kind];
    if (isNamed) this.#fail(path, notTaken(entry, reason));
    else this.selection.setAside.push({ path, reason });
    return false;
  }

  #fail(path: string, error: unknown): void {
    this.selection.failures.push({ path, error: troubleOfPath(error) });
  }
}

const reasons = {
  directory: "is a folder",
  symlink: "is a symbolic link",
  other: "is neither a file nor a folder",
  file: "is an unfinished transfer",
};

const advice = {
  directory: "add --recursive to take it with all that is in it",
  symlink: "name what it leads to",
  other: "name a file",
  file: "finish the transfer, or remove it",
};

/** Tells whether a path ends with `.`, `..` or nothing. */
export function isPlace(path: string): boolean {
  return /(^|\/)\.{0,2}$/.test(path);
}

function notTaken({ path, kind }: TreeEntry, reason: string): FileOperationError {
  return new FileOperationError(
    `Cannot take ${quoteName(path)} as it ${reason}; ${advice[kind]}`,
    { code: kind === "directory" ? "IS_A_FOLDER" : "NOT_A_FILE", context: { path } },
  );
}

/** The error for a path that leads to nothing. */
export function nothingThere(path: string): FileOperationError {
  return new FileOperationError(
    `Cannot find ${quoteName(path)} as there is no such file or folder; check the path`,
    { code: "NO_SUCH_FILE", context: { path } },
  );
}
