/** The open file of a cache: statements, transactions, and errors that say what to do. */

import type { DatabaseSync } from "node:sqlite";
import { CacheDatabaseError } from "../../core/errors/mod.ts";
import { defaultBusyTimeoutMs } from "./cache_options.ts";
import { brokenCache, toJiraCacheError } from "./cache_error.ts";
import { type CacheStatements, prepareStatements } from "./cache_statements.ts";
import { openCacheFile } from "./open_cache_file.ts";

/** An open cache file. Everything it throws is for the person who runs the script. */
export class CacheStore implements Disposable {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly statements: CacheStatements;
  readonly #busyTimeoutMs: number;

  /** Opens the file. @throws CacheDatabaseError when that cannot be */
  constructor(path: string, busyTimeoutMs: number = defaultBusyTimeoutMs) {
    this.path = path;
    this.#busyTimeoutMs = Math.round(busyTimeoutMs);
    this.database = openCacheFile(path, busyTimeoutMs);
    try {
      this.statements = prepareStatements(this.database);
    } catch (error) {
      this.database.close();
      const known = toJiraCacheError(error, path);
      if (!(known instanceof CacheDatabaseError) || known.code !== "CACHE_DATABASE") throw known;
      // The header is ours, but the tables are not.
      throw brokenCache(path, "CACHE_CORRUPT", error);
    }
  }

  /** Does work outside a transaction. */
  run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toJiraCacheError(error, this.path);
    }
  }

  /** Reads what stays the same meanwhile. */
  read<T>(work: () => T): T {
    return this.#transaction(() => this.statements.begin.run(), work);
  }

  /** Writes all or nothing, after waiting for other writers. */
  write<T>(work: () => T): T {
    return this.#transaction(() => this.statements.beginWrite.run(), work);
  }

  /** Writes if that can be done at once, and says whether it was. */
  tryWrite(work: () => void): boolean {
    try {
      this.database.exec("pragma busy_timeout = 0");
      try {
        this.write(work);
      } finally {
        this.database.exec(`pragma busy_timeout = ${this.#busyTimeoutMs}`);
      }
      return true;
    } catch (error) {
      if (error instanceof CacheDatabaseError) return false;
      throw error;
    }
  }

  /** Gives the disk back what the file no longer needs, as far as others let it. */
  shrink(): void {
    try {
      this.run(() => {
        // Each step frees one page, and `exec` takes a single one.
        this.database.prepare("pragma incremental_vacuum").all();
        this.database.exec("pragma wal_checkpoint(truncate)");
      });
    } catch (error) {
      // What is free in the file is used again all the same.
      if (!(error instanceof CacheDatabaseError)) throw error;
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.database.close();
  }

  #transaction<T>(begin: () => void, work: () => T): T {
    try {
      begin();
      const result = work();
      this.statements.commit.run();
      return result;
    } catch (error) {
      // SQLite ends a transaction by itself after some errors.
      if (this.database.isTransaction) this.statements.rollback.run();
      throw toJiraCacheError(error, this.path);
    }
  }
}
