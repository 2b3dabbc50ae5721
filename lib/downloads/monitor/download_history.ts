/** What was downloaded when: the ground of averages, trends and alerts. */

import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { ErrorSeverity } from "../../core/mod.ts";
import { toCacheError } from "../../database/sqlite/mod.ts";
import type { AttemptRecord, CriticalError, HourOfDownloads } from "./history_records.ts";
import { openHistoryFile } from "./open_history.ts";
import type { StatePaths } from "./state_paths.ts";
import type { SystemMetrics } from "./system_metrics.ts";

/** How a history works. */
export interface HistoryOptions {
  /** The clock. Defaults to the system's. */
  now?: () => Date;
  /** How many attempts are kept; older ones than 30 days are not. Defaults to 200 000. */
  maxAttempts?: number;
}

const hourMs = 3_600_000;
const keptMs = 30 * 24 * hourMs;
const defaultMaxAttempts = 200_000;
const pruneEvery = 1000;
const maxMessageLength = 500;
const mebibyte = 1024 ** 2;

/** The history of one CSV's downloads; any number of processes may have it open. */
export class DownloadHistory implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #now: () => Date;
  readonly #maxAttempts: number;
  readonly #insert: StatementSync;
  #added = 0;

  private constructor(path: string, database: DatabaseSync, options: HistoryOptions) {
    this.#path = path;
    this.#database = database;
    this.#now = options.now ?? (() => new Date());
    this.#maxAttempts = options.maxAttempts ?? defaultMaxAttempts;
    this.#insert = database.prepare(
      "insert into attempts (ended_at, run_id, row_id, download_type, status, duration_seconds, " +
        "files, bytes, error_category, error_severity, error_code, error_message) " +
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
  }

  /**
   * Opens the history, and makes what is missing of it.
   *
   * @throws CacheDatabaseError (exit code 3) that says what to do, when it cannot be opened or is
   * corrupt; ConfigurationError when Deno may not.
   */
  static async open(
    paths: Pick<StatePaths, "folder" | "history">,
    options: HistoryOptions = {},
  ): Promise<DownloadHistory> {
    const database = await openHistoryFile(paths);
    try {
      const opened = new DownloadHistory(paths.history, database, options);
      opened.prune();
      return opened;
    } catch (error) {
      database.close();
      throw toCacheError(error, paths.history);
    }
  }

  /**
   * Adds an attempt that has just ended.
   *
   * @throws CacheDatabaseError when it cannot be written
   */
  addAttempt(runId: string, attempt: AttemptRecord, severity: ErrorSeverity | null): void {
    this.#run(() =>
      this.#insert.run(
        this.#now().getTime(),
        runId,
        attempt.row_id.toWellFormed(),
        attempt.download_type,
        attempt.status,
        attempt.duration_seconds,
        attempt.files.length,
        attempt.bytes,
        attempt.error_category,
        severity,
        attempt.error_code,
        attempt.error_message?.toWellFormed().slice(0, maxMessageLength) ?? null,
      )
    );
    if (++this.#added % pruneEvery === 0) this.prune();
  }

  /** Adds what a look at the CSV gave; a second look in one second takes the first one's place. */
  addSample(metrics: SystemMetrics): void {
    const { pending_downloads, completed_downloads, failed_downloads, disk_usage_gb } = metrics;
    this.#run(() =>
      this.#database.prepare(
        "insert or replace into samples (taken_at, pending, completed, failed, disk_usage_gb) " +
          "values (?, ?, ?, ?, ?)",
      ).run(
        Math.floor(this.#now().getTime() / 1000) * 1000,
        pending_downloads,
        completed_downloads,
        failed_downloads,
        disk_usage_gb,
      )
    );
  }

  /** Gives the mean time of the successful downloads of the last hours, in seconds. */
  averageSeconds(hours: number): number | null {
    const row = this.#get(
      "select avg(duration_seconds) as mean from attempts " +
        "where status = 'completed' and ended_at > ?",
      this.#since(hours),
    );
    const mean = row?.["mean"];
    return typeof mean === "number" ? mean : null;
  }

  /** Gives the critical errors of the last hours, the newest first, twenty at most, and their number. */
  criticalErrors(hours: number): { count: number; latest: CriticalError[] } {
    const since = this.#since(hours);
    const where = "from attempts where error_severity = 'CRITICAL' and ended_at > ?";
    const rows = this.#all(
      `select ended_at, row_id, error_message ${where} order by ended_at desc limit 20`,
      since,
    );
    return {
      count: Number(this.#get(`select count(*) as count ${where}`, since)?.["count"] ?? 0),
      latest: rows.map((row) => ({
        timestamp: new Date(Number(row["ended_at"])).toISOString(),
        row_id: String(row["row_id"]),
        message: String(row["error_message"] ?? ""),
      })),
    };
  }

  /** Counts the failed attempts of the last hours by the kind of trouble, the commonest first. */
  failuresByCategory(hours: number): { category: string; count: number }[] {
    return this.#all(
      "select error_category as category, count(*) as count from attempts " +
        "where error_category is not null and ended_at > ? group by 1 order by 2 desc, 1",
      this.#since(hours),
    ).map((row) => ({ category: String(row["category"]), count: Number(row["count"]) }));
  }

  /** Gives the last hours one by one, oldest first; the last one has just begun. */
  hours(count: number): HourOfDownloads[] {
    const present = Math.floor(this.#now().getTime() / hourMs);
    const first = present - count + 1;
    const attempts = this.#byHour(
      `select ended_at / ${hourMs} as hour, sum(status = 'completed') as completed, ` +
        "sum(status <> 'completed') as failed, sum(files) as files, sum(bytes) as bytes " +
        "from attempts where ended_at >= ? group by 1",
      first,
    );
    // SQLite takes the other columns from the row with the greatest one.
    const samples = this.#byHour(
      `select taken_at / ${hourMs} as hour, max(taken_at), pending ` +
        "from samples where taken_at >= ? group by 1",
      first,
    );
    return Array.from({ length: count }, (_, index) => {
      const hour = first + index;
      const row = attempts.get(hour);
      const pending = samples.get(hour)?.["pending"];
      return {
        hour: new Date(hour * hourMs).toISOString(),
        completed: Number(row?.["completed"] ?? 0),
        failed: Number(row?.["failed"] ?? 0),
        files: Number(row?.["files"] ?? 0),
        size_mb: Math.round((100 * Number(row?.["bytes"] ?? 0)) / mebibyte) / 100,
        pending: pending === undefined ? null : Number(pending),
      };
    });
  }

  /** Removes what is too old or too much. */
  prune(): void {
    const oldest = this.#now().getTime() - keptMs;
    this.#run(() => {
      this.#database.prepare(
        "delete from attempts where ended_at < ? or id <= " +
          "(select id from attempts order by id desc limit 1 offset ?)",
      ).run(oldest, this.#maxAttempts);
      this.#database.prepare("delete from samples where taken_at < ?").run(oldest);
      this.#database.exec("pragma incremental_vacuum");
    });
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #since(hours: number): number {
    return this.#now().getTime() - hours * hourMs;
  }

  #byHour(sql: string, firstHour: number): Map<number, Record<string, SQLOutputValue>> {
    return new Map(this.#all(sql, firstHour * hourMs).map((row) => [Number(row["hour"]), row]));
  }

  #get(sql: string, value: number): Record<string, SQLOutputValue> | undefined {
    return this.#run(() => this.#database.prepare(sql).get(value));
  }

  #all(sql: string, value: number): Record<string, SQLOutputValue>[] {
    return this.#run(() => this.#database.prepare(sql).all(value));
  }

  #run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toCacheError(error, this.#path);
    }
  }
}
