/** Requests in bulk, with a say in how many are under way at once. */

import { createProgress } from "../core/command_line/mod.ts";
import type {
  DownloadOptions,
  DownloadOutcome,
  RestoreOptions,
  RestoreOutcome,
} from "./files/mod.ts";
import { checkHistoryTexts } from "./history_texts.ts";
import { RequestManager, type RequestManagerOptions } from "./request_manager.ts";
import { type RequestRow, requestStatus, unfinishedStatuses } from "./request_row.ts";
import type { RerunOptions, RerunResult } from "./rerun_requests.ts";

/** How {@link AsyncRequestManager.batchRerunByDistrict} chooses and runs. */
export interface BatchRerunOptions
  extends Omit<RerunOptions, "deleteChecksums" | "checksumKeys" | "onlyStatuses"> {
  /** The statuses in which a request is run again. Defaults to completed and failed, `[4, 5]`. */
  statuses?: readonly number[] | undefined;
}

/** What {@link AsyncRequestManager.batchRerunByDistrict} did. */
export interface BatchRerunResult extends RerunResult {
  /** The latest requests, by district and type: those that were left are among them. */
  found: RequestRow[];
  /** The districts in which nothing was found. */
  districts_without_requests: number[];
}

/**
 * The concurrent face of {@link RequestManager} (reference: requests, AsyncRequestManager): the same
 * outcomes, with at most `maxConcurrent` requests under way at once. Close it, best with
 * `await using`.
 */
export class AsyncRequestManager implements AsyncDisposable {
  readonly #requests: RequestManager;

  /** Prepares it; nothing is connected to before the first use. */
  constructor(options: RequestManagerOptions = {}) {
    this.#requests = new RequestManager(options);
  }

  /**
   * Downloads the files of requests, `maxConcurrent` at once.
   *
   * @throws ValidationError when `maxConcurrent` is no whole number from 1 to 256
   */
  async downloadFilesBatch(
    requestIds: readonly number[],
    localDir: string = "~/Downloads",
    maxConcurrent: number = 5,
    showProgress: boolean = true,
    options: Omit<DownloadOptions, "maxConcurrent"> = {},
  ): Promise<Map<number, DownloadOutcome>> {
    return await this.#requests.downloadFiles(requestIds, localDir, showProgress, {
      ...options,
      maxConcurrent,
    });
  }

  /**
   * Restores the files of requests, `maxConcurrent` at once.
   *
   * @throws ValidationError when `maxConcurrent` is no whole number from 1 to 256
   */
  async restoreFilesBatch(
    requestIds: readonly number[],
    tempDir: string = "/tmp",
    maxConcurrent: number = 3,
    showProgress: boolean = true,
    options: Omit<RestoreOptions, "maxConcurrent"> = {},
  ): Promise<Map<number, RestoreOutcome>> {
    return await this.#requests.restoreFiles(requestIds, tempDir, showProgress, {
      ...options,
      maxConcurrent,
    });
  }

  /**
   * Finds the latest requests of districts, of all types or of those whose names begin with one of
   * `typeNames`, and runs them again in one transaction. One that is pending, queued or processing
   * is left to that, and told in `left_requests`: no older request takes its place, so the same
   * call twice does nothing twice.
   */
  async batchRerunByDistrict(
    districtIds: readonly number[],
    typeNames?: readonly string[],
    deleteChecksums: boolean = false,
    checksumKeys?: readonly string[],
    showProgress: boolean = true,
    options: BatchRerunOptions = {},
  ): Promise<BatchRerunResult> {
    const { statuses = [requestStatus.completed, requestStatus.failed], ...rerun } = options;
    checkHistoryTexts(rerun);
    using progress = createProgress(
      { label: "Running requests again", unit: "requests" },
      showProgress && Deno.stderr.isTerminal(),
    );
    const found = await this.#requests.findRequests(
      { districtIds, typeNames, statuses: [...unfinishedStatuses, ...statuses] },
      { signal: rerun.signal },
    );
    const result = await this.#requests.rerunRequests(
      found.map(({ RequestID }) => RequestID),
      deleteChecksums,
      checksumKeys,
      { ...rerun, onlyStatuses: statuses },
    );
    progress.advance(result.requests.length);
    const withRequests = new Set(found.map(({ DistrictID }) => DistrictID));
    return {
      ...result,
      found,
      districts_without_requests: districtIds.filter((id) => !withRequests.has(id)),
    };
  }

  /** Closes what it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests[Symbol.asyncDispose]();
  }
}
