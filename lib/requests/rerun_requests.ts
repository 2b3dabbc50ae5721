/** Running requests again. */

import { ValidationError } from "../core/mod.ts";
import {
  type DatabaseDriver,
  type DatabaseSession,
  retryRead,
  type SafeRetryOptions,
} from "../database/mod.ts";
import { checkHistoryTexts } from "./history_texts.ts";
import { distinctIds } from "./request_ids.ts";
import { previewRerun, type Rerun, type RerunRequest, runRerun } from "./rerun_transaction.ts";

/** How requests are run again. */
export interface RerunOptions extends Pick<SafeRetryOptions, "onRetry" | "sleep"> {
  /** Deletes their checksums first, so that unchanged files are imported again. Default false. */
  deleteChecksums?: boolean;
  /** The keys of the checksums to delete. Defaults to all keys; an empty list deletes none. */
  checksumKeys?: readonly string[] | undefined;
  /**
   * Runs only those again that have one of these statuses when their rows are locked, and leaves the
   * others. Defaults to all.
   */
  onlyStatuses?: readonly number[] | undefined;
  /** Who asks for it, for the history; at most 200 characters. Defaults to `opsdeck`. */
  requestedBy?: string;
  /** Why, for the requests' history; at most 1000 characters. Defaults to none. */
  reason?: string | undefined;
  /** Tells what would change, and changes nothing. Defaults to false. */
  dryRun?: boolean;
  /** Rolls back and stops; the call then rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** The time that the history shows. Defaults to now. */
  now?: () => Date;
}

/** What {@link rerunRequests} did, or would do. */
export interface RerunResult {
  /** The requests that run again, by id. */
  requests: RerunRequest[];
  /** The requests that were left, as they have none of `onlyStatuses`, by id. */
  left_requests: RerunRequest[];
  /** The ids that no request has. */
  unknown_ids: number[];
  /** The ids that were given more than once; each request runs once. */
  duplicate_ids: number[];
  /** How many checksums were deleted. */
  checksums_deleted: number;
  /** The keys that none of the requests has a checksum of. */
  unknown_checksum_keys: string[];
  /** Nothing was changed. */
  dry_run: boolean;
}

/**
 * Sets requests to pending and writes a `DataRequestRun` row for each, in one transaction; deletes
 * their checksums in it if asked (reference: requests, rerun_requests). Unknown and repeated ids
 * and keys are reported, and the others go on. A transaction that met another one, or lost its
 * connection, is tried again 3 times; nothing is written twice, even when the answer to its commit
 * was lost.
 *
 * @throws ValidationError when an id is no whole number, keys are named and `deleteChecksums` is not
 * set, or `requestedBy` or `reason` is too long.
 * @throws OpsdeckError with the code `COMMIT_UNKNOWN` when the answer to the commit was lost and the
 * server could not be asked any more. In all other cases, when this throws, nothing has changed.
 */
export async function rerunRequests(
  database: DatabaseSession & Pick<DatabaseDriver, "transaction">,
  requestIds: readonly number[],
  options: RerunOptions = {},
): Promise<RerunResult> {
  const { deleteChecksums = false, checksumKeys, dryRun = false, now = () => new Date() } = options;
  if (checksumKeys !== undefined && !deleteChecksums) {
    throw new ValidationError(
      "Cannot rerun the requests as checksum keys are named and checksums are to be kept; " +
        "set deleteChecksums, or name no keys",
    );
  }
  checkHistoryTexts(options);
  const { ids, duplicates } = distinctIds(requestIds, "request id");
  const keys = checksumKeys === undefined ? null : [...new Set(checksumKeys)];
  const rerun: Rerun = {
    ids,
    statuses: options.onlyStatuses,
    keys: deleteChecksums ? keys : undefined,
    requestedBy: options.requestedBy ?? "opsdeck",
    requestedAt: now(),
    reason: options.reason ?? null,
  };
  const retry = {
    signal: options.signal,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
    ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
  };
  const outcome = dryRun
    ? await retryRead(() => previewRerun(database, rerun, options), retry)
    : await runRerun(database, rerun, retry);
  const found = new Set(
    [...outcome.requests, ...outcome.left].map(({ RequestID }) => RequestID),
  );
  return {
    requests: outcome.requests,
    left_requests: outcome.left,
    unknown_ids: ids.filter((id) => !found.has(id)),
    duplicate_ids: duplicates,
    checksums_deleted: outcome.checksums_deleted,
    unknown_checksum_keys: outcome.unknown_checksum_keys,
    dry_run: dryRun,
  };
}
