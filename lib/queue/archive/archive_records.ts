/** The archive run: what it takes, and what it did. */

import { resolveCallerPath, ValidationError } from "../../core/mod.ts";
import type { DatabaseManager, DatabaseSession } from "../../database/mod.ts";
import { checkFlowIsKnown } from "../known_flow.ts";
import { checkFlowName, checkWhole } from "../queue_checks.ts";
import { type ArchiveFilter, type ArchiveSource, countOld } from "./archive_batch.ts";
import { readCutoff } from "../server_clock.ts";
import { takeBatches } from "./archive_walk.ts";
import { openExportFile } from "./export_file.ts";

/** Which finished records an archive run takes. */
export type ArchiveStatus = "completed" | "failed" | "all";

/** All of {@link ArchiveStatus}. */
export const archiveStatuses = ["completed", "failed", "all"] as const;

/** What to archive or purge, and how. */
export interface ArchiveOptions {
  /** Records that ended longer ago than this are taken, in milliseconds; at most 100 years. */
  olderThanMs: number;
  /** Only this flow. */
  flowName?: string | undefined;
  /** Defaults to `all`: completed and failed. */
  status?: ArchiveStatus;
  /** A file in the caller's folder to which the records are written, as NDJSON, before they leave. */
  exportPath?: string | undefined;
  /** Deletes from the archive, in the place of moving to it. */
  purge?: boolean;
  /** Only counts. */
  dryRun?: boolean;
  /** Records a transaction, 1 to 10000. Defaults to 1000. */
  batchSize?: number;
  /** Aborted to end after the batch in hand. */
  signal?: AbortSignal;
  /** Hears how many records each batch took. */
  onProgress?: (count: number) => void;
}

/** What an archive run did, or would do. */
export interface ArchiveReport {
  /** Records that went to the archive. */
  archived: number;
  /** Records that stand in the export file and then left. */
  exported: number;
  /** Records deleted from the archive. */
  purged: number;
  /** The flow; null for all. */
  flow_name: string | null;
  /** The age, in milliseconds. */
  older_than_ms: number;
  /** Nothing was changed. */
  dry_run: boolean;
  /** Transactions that took records. */
  batches: number;
}

const maxAgeMs = 100 * 366 * 86_400_000;
const maxArchiveBatch = 10_000;

/**
 * Moves finished records that ended longer ago than the age to `processing_queue_archive`, or with
 * `purge` deletes such records from there. A record ended at its `completed_at`, else at its
 * `updated_at`, by the server's clock.
 *
 * Each batch is a transaction of its own, in the order of the ids, so a run that is stopped or
 * killed has taken whole batches and can simply be run again. With `exportPath`, a batch's lines
 * are appended and flushed to the disk before its transaction takes the records away; a run with
 * the same file recognises the lines of a batch that was written and never taken, and writes none
 * of them twice.
 *
 * @throws ValidationError for an age, flow or batch size out of range, an unknown flow, or a file
 * that holds something else; FileOperationError; DatabaseConnectionError.
 */
export async function archiveRecords(
  database: DatabaseManager,
  options: ArchiveOptions,
): Promise<ArchiveReport> {
  const { olderThanMs, flowName, status = "all", batchSize = 1000, purge = false } = options;
  checkAge(olderThanMs);
  checkWhole("archive records", "batch size", batchSize, 1, maxArchiveBatch);
  if (flowName !== undefined) await checkFlow(database, flowName);

  const source: ArchiveSource = purge ? "processing_queue_archive" : "processing_queue";
  const filter: ArchiveFilter = {
    statuses: status === "all" ? ["completed", "failed"] : [status],
    flowName: flowName ?? null,
    cutoff: await readCutoff(database, olderThanMs),
  };
  const report: ArchiveReport = {
    archived: 0,
    exported: 0,
    purged: 0,
    flow_name: flowName ?? null,
    older_than_ms: olderThanMs,
    dry_run: options.dryRun ?? false,
    batches: 0,
  };
  const add = (count: number) => {
    report[purge ? "purged" : "archived"] += count;
    if (options.exportPath !== undefined) report.exported += count;
  };
  if (report.dry_run) {
    add(await countOld(database, source, filter));
    return report;
  }
  using file = options.exportPath === undefined ? undefined : await openExportFile(
    resolveCallerPath(options.exportPath),
    (ids) => findPresent(database, source, ids),
  );
  const { signal } = options;
  for await (const count of takeBatches(database, { source, filter, batchSize, file, signal })) {
    report.batches++;
    add(count);
    options.onProgress?.(count);
  }
  return report;
}

async function findPresent(
  session: DatabaseSession,
  source: ArchiveSource,
  ids: readonly number[],
): Promise<Set<number>> {
  const rows = await session.query<{ id: number }>(
    `select id from ${source} where id = any($1::bigint[])`,
    [ids],
  );
  return new Set(rows.map((row) => row.id));
}

async function checkFlow(database: DatabaseManager, flowName: string): Promise<void> {
  checkFlowName(flowName);
  await checkFlowIsKnown(database, flowName);
}

function checkAge(olderThanMs: number): void {
  if (olderThanMs >= 0 && olderThanMs <= maxAgeMs) return;
  throw new ValidationError(
    `Cannot archive records as their age must be from 0 to ${maxAgeMs} ms (100 years): ` +
      `it is ${olderThanMs}`,
  );
}
