/** Polls a project: pass by pass, with one journal. */

import { errorReason, redact, SFTPConnectionError, toErrorResponse } from "../../core/mod.ts";
import { batchesAt, forgetFailed, retryFailed } from "./batch_list.ts";
import { claimPass } from "./claim_pass.ts";
import { deliverBatches } from "./deliver_batches.ts";
import type { Deliver } from "./file_batch.ts";
import { makeBatches } from "./make_batches.ts";
import { emptyReport, type PollReport, reportCounts } from "./poll_report.ts";
import type { PollerConfig } from "./poller_config.ts";
import type { Connect } from "./poller_connection.ts";
import { PollerLedger } from "./poller_ledger.ts";
import type { Batch, Claim } from "./poller_state.ts";
import { reportBatches } from "./report_batches.ts";

/** What a poller works with. */
export interface PollerOptions {
  /** The project. */
  config: PollerConfig;
  /** Gives a connection to the project's server. */
  connect: Connect;
  /** Delivers a batch. */
  deliver: Deliver;
  /** Names the receiver behind `deliver`: a batch that was made for one never goes to another. */
  target: string;
  /** Runs before anything is claimed; when it fails, the pass does nothing. */
  ready?: (() => Promise<void>) | undefined;
  /** How many attempts may follow the first one of a batch in a pass. Defaults to 3. */
  maxRetries?: number | undefined;
  /** The wait before the first retry, in milliseconds; it doubles each time. Defaults to 1000. */
  retryDelayMs?: number | undefined;
  /** The longest wait, in milliseconds, also when the receiver names one. Defaults to 30 000. */
  maxRetryDelayMs?: number | undefined;
  /** The journal's file. Defaults to `poller/<project>.journal` in `OPSDECK_HOME`. */
  journalPath?: string | undefined;
  /** The clock. Defaults to the system's. */
  now?: (() => Date) | undefined;
}

/** How a pass ends early. */
export interface PassOptions {
  /** Takes no new work: what is claimed stays in the journal for the next run. */
  signal?: AbortSignal | undefined;
}

/** What a pass did, and what it failed with. */
export interface PassOutcome {
  /** The report. */
  report: PollReport;
  /** Why the pass ended early; undefined when it did not. */
  error: unknown;
  /** Why batches were left to later passes: one error for each that was tried in vain. */
  deferrals: readonly unknown[];
}

/**
 * Moves uploaded PDFs into the day's folder and delivers them in batches.
 *
 * Every step is in the journal before it is taken, so that a crash at any moment, on either side,
 * loses nothing: the next pass finds out what was done and goes on. A batch keeps its id and its
 * body for ever, so that a receiver that deduplicates by the id gets each file exactly once. Of
 * two pollers on one folder exactly one gets each file.
 */
export class Poller implements AsyncDisposable {
  readonly #options: PollerOptions;
  readonly #ledger: PollerLedger;
  readonly #toldSetAside = new Set<string>();

  private constructor(options: PollerOptions, ledger: PollerLedger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  /**
   * Opens the project's journal.
   *
   * @throws FileOperationError with the code `LOCK_TIMEOUT` when another poller works on the
   * project, and `DATA_CORRUPTION` (exit code 3) when the journal is damaged.
   */
  static async open(options: PollerOptions): Promise<Poller> {
    const { config, journalPath: path, now } = options;
    const ledger = await PollerLedger.open(config.projectId, {
      ...(path === undefined ? {} : { path }),
      ...(now === undefined ? {} : { now }),
    });
    return new Poller(options, ledger);
  }

  /** The project's name. */
  get projectId(): string {
    return this.#options.config.projectId;
  }

  /**
   * Makes one pass. It does not throw: what it failed with is in the outcome, beside what it did
   * all the same. Batches of earlier passes are delivered even when the server is away.
   */
  async pass({ signal }: PassOptions = {}): Promise<PassOutcome> {
    const { connect, ready, config } = this.#options;
    const report = emptyReport(config.projectId, this.#now(), false);
    const startedAt = performance.now();
    const failures: unknown[] = [];
    const deferrals: unknown[] = [];
    const attempt = async (step: () => Promise<void> | undefined): Promise<boolean> => {
      try {
        await step();
        return true;
      } catch (error) {
        // A stop on request is no failure.
        if (!(signal?.aborted && isAbort(error))) failures.push(error);
        return false;
      }
    };
    const failedBefore = batchesAt(this.#ledger.state, "failed");

    if (await attempt(() => ready?.())) {
      const claimed: Claim[] = [];
      await attempt(async () => {
        const connection = await connect({ signal });
        const place = { connection, ledger: this.#ledger };
        await claimPass(place, { config, signal, now: () => this.#now() }, report, claimed);
      });
      await attempt(() => makeBatches(this.#ledger, this.#options, claimed));
      await attempt(() => this.#deliver(report, deferrals, signal));
    }
    this.#completeReport(report, failedBefore);
    report.duration_ms = Math.round(performance.now() - startedAt);
    await attempt(() => this.#recordPass(report, failures[0]));
    const [error] = failures;
    if (error !== undefined) report.error = toErrorResponse(error, {}, this.#now());
    return { report, error, deferrals };
  }

  /** Tells whether a pass would find the server, or something else than its absence. */
  async isServerThere({ signal }: PassOptions = {}): Promise<boolean> {
    try {
      await this.#options.connect({ signal });
      return true;
    } catch (error) {
      return !(error instanceof SFTPConnectionError);
    }
  }

  /** Has all failed batches sent again by the next pass, as they are; gives how many files. */
  async retryFailed(): Promise<number> {
    return await retryFailed(this.#ledger);
  }

  /**
   * Forgets failed batches, and claimed files that are gone, after a person dealt with them; gives
   * the paths of the files. The server is asked only when claimed files wait for a batch.
   *
   * @throws what connecting throws, and ConfigurationError with the code `OTHER_SERVER` when the
   * claimed files are on another server; nothing is forgotten then.
   */
  async forgetFailed({ signal }: PassOptions = {}): Promise<string[]> {
    return await forgetFailed(this.#ledger, () => this.#options.connect({ signal }));
  }

  /** Closes the journal. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ledger[Symbol.asyncDispose]();
  }

  async #deliver(
    report: PollReport,
    deferrals: unknown[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { deliver, target, maxRetries, retryDelayMs, maxRetryDelayMs } = this.#options;
    await deliverBatches(this.#ledger, {
      deliver,
      target,
      maxRetries: maxRetries ?? 3,
      retryDelayMs: retryDelayMs ?? 1000,
      maxRetryDelayMs: maxRetryDelayMs ?? 30_000,
      onDeferred: (error) => deferrals.push(error),
      signal,
    }, report);
  }

  #completeReport(report: PollReport, failedBefore: readonly Batch[]): void {
    report.set_aside_files = report.set_aside_files.filter(({ name }) => {
      const isNew = !this.#toldSetAside.has(name);
      this.#toldSetAside.add(name);
      return isNew;
    });
    reportBatches(report, this.#ledger.state, { target: this.#options.target, failedBefore });
  }

  async #recordPass(report: PollReport, error: unknown): Promise<void> {
    const reason = error === undefined ? null : redact(errorReason(error));
    const counts = reportCounts(report);
    await this.#ledger.record({ type: "pass", counts, error: reason }, { sync: false });
    await this.#ledger.compactWhenDue();
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
