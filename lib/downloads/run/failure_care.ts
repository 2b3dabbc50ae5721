/** What follows from a failure: a pause for its host, another try, or the end of the run. */

import {
  type ErrorContext,
  ErrorHandler,
  ErrorSeverity,
  type OpsdeckError,
} from "../../core/mod.ts";
import type { DownloadJob } from "./download_job.ts";
import type { DownloadSchedule } from "./download_schedule.ts";
import type { CheckedRunSettings, RunWatch } from "./run_options.ts";
import type { RunTally } from "./run_tally.ts";

/** What {@link FailureCare} acts on. */
export interface CareParts {
  schedule: DownloadSchedule;
  tally: RunTally;
  settings: CheckedRunSettings;
  watch: RunWatch;
}

/** Decides what follows from failures, and sees to it. */
export class FailureCare {
  readonly #parts: CareParts;
  readonly #handler: NonNullable<RunWatch["errorHandler"]>;
  readonly #stop: () => void;

  /** `stop` lets the run begin nothing more. */
  constructor(parts: CareParts, stop: () => void) {
    this.#parts = parts;
    this.#handler = parts.watch.errorHandler ?? new ErrorHandler();
    this.#stop = stop;
  }

  /**
   * Slows the host where it asked for less, ends the run where nothing can go on, and puts the
   * download back where it may go well later.
   *
   * @param attempts how many attempts have failed by now
   * @returns how long the download waits for another try, in milliseconds; undefined without one
   */
  after(job: DownloadJob, error: OpsdeckError, attempts: number): number | undefined {
    const { settings, schedule, tally } = this.#parts;
    const { row_id } = job.row;
    const context = this.#handler.handleError(error, { row_id, download_type: job.download_type });
    const now = performance.now();
    if (error.category === "RATE_LIMIT" || error.category === "QUOTA") {
      const pauseMs = this.#pauseFor(job.host, context, error);
      schedule.slowDown(job.host, now + pauseMs);
      tally.slowed(job.host, pauseMs);
      if (pauseMs > settings.maxWaitMs) tally.putOff(job.host, schedule.putOff(job.host));
    }
    if (error.severity === ErrorSeverity.CRITICAL) {
      tally.stoppedBy ??= error.message;
      this.#stop();
    }
    if (!this.#isWorthAnotherTry(error, context, attempts)) return undefined;
    const delayMs = this.#handler.getRetryDelay(context, attempts);
    const waitMs = Math.max(delayMs, error.retryAfterMs ?? 0);
    const hostOpensAt = schedule.pausedUntil(job.host);
    if (Math.max(waitMs, hostOpensAt - now) > settings.maxWaitMs) return undefined;
    schedule.retry({ ...job, notBefore: now + waitMs });
    return waitMs;
  }

  /** A file's own quota ends after a day; that it is met often tells that the host wants less. */
  #pauseFor(host: string, context: ErrorContext, error: OpsdeckError): number {
    const troubles = this.#parts.schedule.troublesOf(host) + 1;
    const asked = error.category === "RATE_LIMIT" ? error.retryAfterMs ?? 0 : 0;
    return Math.max(asked, this.#handler.getRetryDelay(context, troubles));
  }

  #isWorthAnotherTry(error: OpsdeckError, context: ErrorContext, attempts: number): boolean {
    const { category, retryable } = error;
    // The tables know network errors that no waiting mends, such as a redirect to another site.
    if ((category === "NETWORK" || category === "RATE_LIMIT") && !retryable) return false;
    return this.#handler.shouldRetry(context, attempts, this.#parts.settings.retryAttempts);
  }
}
