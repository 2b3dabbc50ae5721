/** What all files of one call share. */

import { dirname } from "node:path";
import { syncFolder, toFileError } from "../../core/mod.ts";
import { remoteFolder, type SftpConnection } from "../connection/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Leftovers } from "./leftovers.ts";
import { LocalNames } from "./local_names.ts";
import type { FileCounter } from "./progress_count.ts";
import type { TransferOptions } from "./transfer_options.ts";

/** 128 KiB each: 24 MiB in all. */
const poolBuffers = 192;
const poolBufferBytes = 128 * 1024;

/** What is known of one file's earlier attempts. */
export interface FileAttempt {
  /** Counts its bytes. */
  counter: FileCounter;
  /** The temporary remote name whose renaming was under way when the connection was lost. */
  renaming?: string;
}

/** Shared state of one call. */
export class TransferWork {
  /** The buffers of all its files. */
  readonly pool: BufferPool = new BufferPool(poolBufferBytes, poolBuffers);
  /** How files are transferred. */
  readonly options: TransferOptions;
  /** Ends all of it. */
  readonly signal: AbortSignal;
  /** Parts on the server that did not become files. */
  readonly leftovers: Leftovers = new Leftovers();
  /** What was in the folders of local targets. */
  readonly localNames: LocalNames;
  /** Whether a target was there already: the next one may be too, and is looked at first. */
  expectsTargets = false;
  readonly #folders = new Map<string, Promise<void>>();
  readonly #unsynced = new Set<string>();

  /** Begins, for so many files. */
  constructor(options: TransferOptions, signal: AbortSignal, files = 1) {
    this.localNames = new LocalNames(files);
    this.options = options;
    this.signal = signal;
  }

  /** Makes the folder of a local file, where that is asked for. */
  async prepareLocalFolder(path: string): Promise<void> {
    if (!this.options.createFolders) return;
    const folder = dirname(path);
    await this.#once(`local ${folder}`, async () => {
      try {
        await Deno.mkdir(folder, { recursive: true });
      } catch (error) {
        throw toFileError(error, "create", folder);
      }
    });
  }

  /** Makes the folder of a remote file, where that is asked for. */
  async prepareRemoteFolder(connection: SftpConnection, path: string): Promise<void> {
    const folder = remoteFolder(path);
    if (!this.options.createFolders || folder === "." || folder === "/") return;
    await this.#once(`remote ${folder}`, () => connection.mkdir(folder, { recursive: true }));
  }

  /** Notes that a file has got its name; the folder is synced at the end, once for all of them. */
  renamedTo(localPath: string): void {
    this.#unsynced.add(dirname(localPath));
  }

  /** Makes all new names survive a power failure. */
  async syncFolders(): Promise<void> {
    const folders = [...this.#unsynced];
    this.#unsynced.clear();
    for (const folder of folders) {
      try {
        await syncFolder(folder);
      } catch (error) {
        throw toFileError(error, "sync", folder);
      }
    }
  }

  async #once(key: string, make: () => Promise<void>): Promise<void> {
    const made = this.#folders.get(key) ?? make();
    this.#folders.set(key, made);
    try {
      await made;
    } catch (error) {
      this.#folders.delete(key); // the next attempt may have a new connection
      throw error;
    }
  }
}
