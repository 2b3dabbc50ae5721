/** Requests: found, downloaded, restored and run again. */

import { DatabaseManager } from "../database/mod.ts";
import {
  type DownloadOptions,
  type DownloadOutcome,
  downloadRequestFiles,
  FileManager,
  type RestoreOptions,
  type RestoreOutcome,
  restoreRequestFiles,
} from "./files/mod.ts";
import { findRequestPages, type PageOptions } from "./find_request_pages.ts";
import { findRequests, type RequestCriteria } from "./find_requests.ts";
import { listRequestTypes, type RequestType } from "./list_request_types.ts";
import type { RequestRow } from "./request_row.ts";
import { type RerunOptions, rerunRequests, type RerunResult } from "./rerun_requests.ts";

/** What a {@link RequestManager} works with. */
export interface RequestManagerOptions {
  /** The database of the requests. Defaults to the configuration's `SurveyHub`. */
  database?: DatabaseManager;
  /** The way to the SFTP servers. Defaults to one by the configuration. */
  files?: FileManager;
}

/** How a read may end early. */
export interface ReadOptions {
  /** Ends it; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Finds data requests, downloads their files, puts them back to be imported again, and runs the
 * requests again (reference: requests, RequestManager).
 *
 * Nothing is connected to before the first use. Close it, best with `await using`: that closes what
 * it opened itself, and not what it was given.
 *
 * ```ts ignore
 * import { RequestManager } from "./request_manager.ts";
 *
 * await using requests = new RequestManager();
 * const rows = await requests.findRequests({ typeNames: ["SAT"], districtIds: [123] });
 * const outcomes = await requests.restoreFiles(rows.map(({ RequestID }) => RequestID));
 * ```
 */
export class RequestManager implements AsyncDisposable {
  readonly #database: DatabaseManager;
  readonly #files: FileManager;
  readonly #own = new AsyncDisposableStack();

  /** Prepares it. */
  constructor(options: RequestManagerOptions = {}) {
    this.#database = options.database ?? this.#own.use(new DatabaseManager());
    this.#files = options.files ?? this.#own.use(new FileManager());
  }

  /** The database of the requests. */
  get database(): DatabaseManager {
    return this.#database;
  }

  /** The way to the SFTP servers. */
  get files(): FileManager {
    return this.#files;
  }

  /** Lists the types whose name has `nameFilter` in it; see `listRequestTypes`. */
  async listRequestTypes(
    nameFilter: string = "",
    options: ReadOptions = {},
  ): Promise<RequestType[]> {
    return await listRequestTypes(this.#database, nameFilter, options);
  }

  /** Finds the latest request of each district and type that meets all criteria; see `findRequests`. */
  async findRequests(
    criteria: RequestCriteria = {},
    options: ReadOptions = {},
  ): Promise<RequestRow[]> {
    return await findRequests(this.#database, criteria, options);
  }

  /** Finds the same, some districts at a time, for results of any length; see `findRequestPages`. */
  findRequestPages(
    criteria: RequestCriteria = {},
    options: PageOptions = {},
  ): AsyncGenerator<RequestRow[], void, void> {
    return findRequestPages(this.#database, criteria, options);
  }

  /** Downloads the file of each request; see `downloadRequestFiles`. */
  async downloadFiles(
    requestIds: readonly number[],
    localDir: string = "~/Downloads",
    showProgress: boolean = true,
    options: DownloadOptions = {},
  ): Promise<Map<number, DownloadOutcome>> {
    return await downloadRequestFiles(
      { database: this.#database, files: this.#files },
      requestIds,
      { ...options, localDir, showProgress },
    );
  }

  /** Puts the file of each request back where it is imported from; see `restoreRequestFiles`. */
  async restoreFiles(
    requestIds: readonly number[],
    tempDir: string = "/tmp",
    showProgress: boolean = true,
    options: RestoreOptions = {},
  ): Promise<Map<number, RestoreOutcome>> {
    return await restoreRequestFiles(
      { database: this.#database, files: this.#files },
      requestIds,
      { ...options, tempDir, showProgress },
    );
  }

  /** Sets requests to run again, in one transaction; see `rerunRequests`. */
  async rerunRequests(
    requestIds: readonly number[],
    deleteChecksums: boolean = false,
    checksumKeys?: readonly string[],
    options: Omit<RerunOptions, "deleteChecksums" | "checksumKeys"> = {},
  ): Promise<RerunResult> {
    return await rerunRequests(this.#database, requestIds, {
      ...options,
      deleteChecksums,
      checksumKeys,
    });
  }

  /** Closes what it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}
