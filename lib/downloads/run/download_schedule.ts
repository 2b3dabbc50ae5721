/** Which download of a run comes next: hosts take turns, and none is asked too much. */

import type { DownloadJob } from "./download_job.ts";
import { HostLane, type JobEnd, type Politeness } from "./host_lane.ts";

/** The downloads of a run that wait or are in hand. */
export class DownloadSchedule {
  readonly #lanes = new Map<string, HostLane>();
  readonly #politeness: Politeness;
  readonly #busyRows = new Set<string>();
  readonly #isBusy = (rowId: string) => this.#busyRows.has(rowId);

  /** Makes a schedule of downloads, in their order within each host. */
  constructor(jobs: readonly DownloadJob[], politeness: Politeness) {
    this.#politeness = politeness;
    for (const job of jobs) this.add(job);
  }

  /** Adds a download, behind the others of its host. */
  add(job: DownloadJob): void {
    const lane = this.#lanes.get(job.host) ?? new HostLane(this.#politeness);
    this.#lanes.set(job.host, lane);
    lane.add(job);
  }

  /** Set when enough was begun: only what is tried again is given then. */
  onlyAgain = false;

  /** Whether something waits for its first try, if it may still have one, or for another. */
  hasMore(): boolean {
    return this.#lanes.values()
      .some((lane) => lane.waitingAgain > 0 || (!this.onlyAgain && lane.waitingFirst > 0));
  }

  /** How many downloads wait for their first try. */
  get notBegun(): number {
    return this.#lanes.values().reduce((sum, lane) => sum + lane.waitingFirst, 0);
  }

  /**
   * Takes a download that may begin now; undefined when none may. Of a row one is in hand at a
   * time, as a row is claimed as a whole.
   */
  take(now: number): DownloadJob | undefined {
    for (const [host, lane] of this.#lanes) {
      const job = lane.take(now, this.#isBusy, this.onlyAgain);
      if (job === undefined) continue;
      this.#busyRows.add(job.row.row_id);
      this.#lanes.delete(host); // to the end: the others come first next time
      this.#lanes.set(host, lane);
      return job;
    }
    return undefined;
  }

  /** Ends what {@link take} began. */
  finish(job: DownloadJob, went: JobEnd): void {
    this.#busyRows.delete(job.row.row_id);
    this.#lanes.get(job.host)?.finish(went);
  }

  /** Puts a download back, for a later try. */
  retry(job: DownloadJob): void {
    this.#lanes.get(job.host)?.addRetry(job);
  }

  /** Tells how often in a row a host has asked for less. */
  troublesOf(host: string): number {
    return this.#lanes.get(host)?.troubles ?? 0;
  }

  /** Asks a host for nothing until a moment, and then for one download at a time till one goes well. */
  slowDown(host: string, until: number): void {
    this.#lanes.get(host)?.slowDown(until);
  }

  /** Gives the moment until which a host is not asked; 0 when it never asked for less. */
  pausedUntil(host: string): number {
    return this.#lanes.get(host)?.slowUntil ?? 0;
  }

  /** Gives up what waits for a host in this run, and gives how many downloads those are. */
  putOff(host: string): number {
    return this.#lanes.get(host)?.clear().length ?? 0;
  }

  /** Gives the moment at which a download may begin; Infinity while that takes the end of another. */
  opensAt(): number {
    let earliest = Infinity;
    for (const lane of this.#lanes.values()) {
      earliest = Math.min(earliest, lane.opensAt(this.#isBusy, this.onlyAgain));
    }
    return earliest;
  }
}
