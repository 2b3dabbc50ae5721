/** The transaction in which requests are set to run again. */

import { OpsdeckError } from "../core/mod.ts";
import {
  type DatabaseDriver,
  type DatabaseSession,
  retryTransaction,
  type SafeRetryOptions,
} from "../database/mod.ts";
import { requestStatus } from "./request_row.ts";
import * as statements from "./rerun_statements.ts";

/** A request that was, or would be, set to pending. */
export interface RerunRequest extends Record<string, unknown> {
  /** The request's id. */
  RequestID: number;
  /** The status that it had before. */
  previous_status: number | null;
}

/** What became of it. */
export interface RerunOutcome {
  /** The requests that run again, by id. */
  requests: RerunRequest[];
  /** The requests that were left as they are, by id: they have none of the statuses asked for. */
  left: RerunRequest[];
  /** How many checksums were deleted. */
  checksums_deleted: number;
  /** The keys that none of the requests has a checksum of. */
  unknown_checksum_keys: string[];
}

/** What is to be done. */
export interface Rerun {
  /** The requests, each once. */
  ids: readonly number[];
  /** Only requests that have one of these statuses now are run again; undefined for all. */
  statuses: readonly number[] | undefined;
  /** The keys of the checksums to delete: undefined for none, null for all. */
  keys: readonly string[] | null | undefined;
  /** Who asks for it. */
  requestedBy: string;
  /** When; with who, what tells this rerun from others. */
  requestedAt: Date;
  /** Why. */
  reason: string | null;
}

/**
 * Does it in one transaction, until it is known to be stored: each later attempt first looks for
 * what an earlier one has written.
 */
export async function runRerun(
  database: Pick<DatabaseDriver, "transaction">,
  rerun: Rerun,
  retry: SafeRetryOptions,
): Promise<RerunOutcome> {
  let earlier: RerunOutcome | undefined;
  return await retryTransaction(database, async (session) => {
    // Locks: each request's row, in the order of the ids, until the transaction's end; so an
    // earlier attempt is over, one way or the other.
    const found = await session.query<RerunRequest>(
      statements.readRequests(session.dialect, true),
      [rerun.ids],
    );
    if (earlier !== undefined && await wasStored(session, rerun, earlier)) return earlier;
    return earlier = await run(session, rerun, found);
  }, { ...retry, isIdempotent: true });
}

/** Tells what would be done. */
export async function previewRerun(
  session: DatabaseSession,
  rerun: Rerun,
  options: Pick<SafeRetryOptions, "signal">,
): Promise<RerunOutcome> {
  const found = await session.query<RerunRequest>(
    statements.readRequests(session.dialect, false),
    [rerun.ids],
    { signal: options.signal },
  );
  const { requests, left } = choose(rerun, found);
  const checksums = await readChecksums(session, rerun, requests, options);
  return {
    requests,
    left,
    checksums_deleted: checksums.reduce((sum, { total }) => sum + total, 0),
    unknown_checksum_keys: missingKeys(rerun, checksums),
  };
}

async function run(
  session: DatabaseSession,
  rerun: Rerun,
  found: readonly RerunRequest[],
): Promise<RerunOutcome> {
  const { dialect } = session;
  const { requests, left } = choose(rerun, found);
  const unknownKeys = missingKeys(rerun, await readChecksums(session, rerun, requests));
  const deleted = rerun.keys === undefined ? 0 : await session.execute(
    statements.deleteChecksums(dialect, rerun.keys !== null),
    checksumParameters(rerun, requests),
  );

  const ids = idsOf(requests);
  const { requestedBy, requestedAt, reason } = rerun;
  const updated = await session.execute(statements.setStatus(dialect), [
    ids,
    requestStatus.pending,
  ]);
  const written = await session.execute(statements.insertRuns(dialect), [
    ids,
    requestedBy,
    requestedAt,
    reason,
  ]);
  if (updated !== ids.length || written !== ids.length) {
    throw new OpsdeckError(
      `Cannot rerun the requests as ${updated} of ${ids.length} could be set to pending and ` +
        `${written} runs be written, so nothing was changed; look at the database's triggers`,
      { code: "RERUN_INCOMPLETE" },
    );
  }
  return { requests, left, checksums_deleted: deleted, unknown_checksum_keys: unknownKeys };
}

function choose(
  { statuses }: Rerun,
  found: readonly RerunRequest[],
): Pick<RerunOutcome, "requests" | "left"> {
  const isWanted = ({ previous_status: status }: RerunRequest) =>
    statuses === undefined || (status !== null && statuses.includes(status));
  return { requests: found.filter(isWanted), left: found.filter((row) => !isWanted(row)) };
}

function idsOf(requests: readonly RerunRequest[]): number[] {
  return requests.map(({ RequestID }) => RequestID);
}

interface ChecksumCount extends Record<string, unknown> {
  ChecksumKey: string;
  total: number;
}

async function readChecksums(
  session: DatabaseSession,
  rerun: Rerun,
  requests: readonly RerunRequest[],
  { signal }: Pick<SafeRetryOptions, "signal"> = {},
): Promise<ChecksumCount[]> {
  if (rerun.keys === undefined) return [];
  return await session.query<ChecksumCount>(
    statements.countChecksums(session.dialect, rerun.keys !== null),
    checksumParameters(rerun, requests),
    { signal },
  );
}

function checksumParameters({ keys }: Rerun, requests: readonly RerunRequest[]): unknown[] {
  const ids = idsOf(requests);
  return keys === null ? [ids] : [ids, keys];
}

function missingKeys({ keys }: Rerun, checksums: readonly ChecksumCount[]): string[] {
  const found = new Set(checksums.map(({ ChecksumKey }) => ChecksumKey.toLowerCase()));
  return (keys ?? []).filter((key) => !found.has(key.toLowerCase()));
}

/** Looks for the runs that an attempt has written. */
async function wasStored(
  session: DatabaseSession,
  { requestedBy, requestedAt }: Rerun,
  { requests }: RerunOutcome,
): Promise<boolean> {
  const ids = idsOf(requests);
  const [row] = await session.query<{ total: number }>(
    statements.countRuns(session.dialect),
    [ids, requestedBy, requestedAt],
  );
  return row?.total === ids.length;
}
