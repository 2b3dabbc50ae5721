/** The downloads of one host: how many at once, how far apart, and when not at all. */

import type { DownloadJob } from "./download_job.ts";

/** How a host is treated. */
export interface Politeness {
  /** Downloads from one host at once. */
  perHost: number;
  /** The pause between two starts at one host, in milliseconds. */
  delayMs: number;
}

/**
 * How a download ended: `well` when the host gave what was asked, `unasked` when it was not asked,
 * as another process has the row.
 */
export type JobEnd = "well" | "wrong" | "unasked";

/** The queue of one host. */
export class HostLane {
  readonly #politeness: Politeness;
  readonly #jobs: DownloadJob[] = [];
  #next = 0;
  #retries: DownloadJob[] = [];
  #inHand = 0;
  #pauseUntil = 0;
  #slowUntil = 0;
  #troubles = 0;

  /** Makes an empty lane. */
  constructor(politeness: Politeness) {
    this.#politeness = politeness;
  }

  /** How many downloads wait here for their first try. */
  get waitingFirst(): number {
    return this.#jobs.length - this.#next;
  }

  /** How many downloads wait here for another try. */
  get waitingAgain(): number {
    return this.#retries.length;
  }

  /** How often in a row the host has asked for less. */
  get troubles(): number {
    return this.#troubles;
  }

  /** The moment until which nothing is started, as the host asked for less. */
  get slowUntil(): number {
    return this.#slowUntil;
  }

  /** Adds a download at the end. */
  add(job: DownloadJob): void {
    this.#jobs.push(job);
  }

  /** Adds a download that is tried again, for the time that it says. */
  addRetry(job: DownloadJob): void {
    this.#retries.push(job);
  }

  /**
   * Takes the first download that may begin now, undefined when none may.
   *
   * @param isBusy whether a row is in hand already
   * @param onlyAgain leaves out what was not tried yet
   */
  take(
    now: number,
    isBusy: (rowId: string) => boolean,
    onlyAgain: boolean,
  ): DownloadJob | undefined {
    if (this.#isFull() || now < this.#openAt()) return undefined;
    const job = this.#takeRetry(now, isBusy) ??
      (onlyAgain ? undefined : this.#takeNext(isBusy));
    if (job === undefined) return undefined;
    this.#inHand++;
    this.#pauseUntil = now + this.#politeness.delayMs;
    return job;
  }

  /** Counts a download as ended. */
  finish(went: JobEnd): void {
    this.#inHand--;
    if (went === "well") this.#troubles = 0;
    if (went === "unasked") this.#pauseUntil = 0;
  }

  /** Starts nothing for a while, and then one at a time until a download goes well. */
  slowDown(until: number): void {
    this.#troubles++;
    this.#slowUntil = Math.max(this.#slowUntil, until);
  }

  /** Removes all that waits here, and gives it. */
  clear(): DownloadJob[] {
    const left = [...this.#jobs.slice(this.#next), ...this.#retries];
    this.#next = this.#jobs.length;
    this.#retries = [];
    return left;
  }

  /** Gives the moment at which something here may begin; Infinity when that is not a matter of time. */
  opensAt(isBusy: (rowId: string) => boolean, onlyAgain: boolean): number {
    if (this.#isFull()) return Infinity;
    const free = onlyAgain || this.#firstFree(isBusy) === undefined ? Infinity : 0;
    const retry = this.#retries.filter(({ row }) => !isBusy(row.row_id))
      .reduce((earliest, { notBefore }) => Math.min(earliest, notBefore), Infinity);
    return Math.max(this.#openAt(), Math.min(free, retry));
  }

  #openAt(): number {
    return Math.max(this.#pauseUntil, this.#slowUntil);
  }

  #isFull(): boolean {
    return this.#inHand >= (this.#troubles > 0 ? 1 : this.#politeness.perHost);
  }

  #takeRetry(now: number, isBusy: (rowId: string) => boolean): DownloadJob | undefined {
    const place = this.#retries.findIndex(({ notBefore, row }) =>
      notBefore <= now && !isBusy(row.row_id)
    );
    return place < 0 ? undefined : this.#retries.splice(place, 1)[0];
  }

  #takeNext(isBusy: (rowId: string) => boolean): DownloadJob | undefined {
    const place = this.#firstFree(isBusy);
    const job = place === undefined ? undefined : this.#jobs[place];
    if (place === undefined || job === undefined) return undefined;
    // The few rows in hand that were passed over stay first.
    this.#jobs.copyWithin(this.#next + 1, this.#next, place);
    this.#next++;
    return job;
  }

  #firstFree(isBusy: (rowId: string) => boolean): number | undefined {
    for (let place = this.#next; place < this.#jobs.length; place++) {
      if (!isBusy(this.#jobs[place]?.row.row_id ?? "")) return place;
    }
    return undefined;
  }
}
