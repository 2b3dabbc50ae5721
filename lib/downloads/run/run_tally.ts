/** What a run has done so far, in numbers, and what failed. */

import type { DownloadJob } from "./download_job.ts";
import type { DownloadOutcome } from "./download_outcome.ts";

/** What a run did at one host. */
export interface HostTally {
  /** The host; all of YouTube is one, and so is all of Google Drive. */
  host: string;
  /** Downloads that are there. */
  completed: number;
  /** Attempts that failed. */
  failed_attempts: number;
  /** How often the host asked for less. */
  slowed: number;
  /** The longest pause that it was given for that. */
  longest_pause_seconds: number;
  /** Downloads that were left for a later run, as the host wants a longer pause than the run waits. */
  put_off: number;
}

/** Gives the one key of a download in a run. */
export function jobKey(
  { download_type, row_id }: Pick<DownloadOutcome, "download_type" | "row_id">,
): string {
  return `${download_type} ${row_id}`;
}

/** Of more failures than these, only the number is told. */
const mostFailures = 1000;

/** Counts what a run does. */
export class RunTally {
  /** Downloads tried, tries again counted too. */
  attempts = 0;
  /** Downloads that are there now. */
  completed = 0;
  /** The size of the files that were published. */
  bytes = 0;
  /** Downloads that this run did not get: others have or had their row, or it is gone. */
  readonly notGot = new Set<string>();
  /** Of these, the ones that are pending still with nobody at them. */
  leftPending = 0;
  /** What ended the run early; undefined when nothing did. */
  stoppedBy: string | undefined;
  /** Why the results could not be folded into the CSV; undefined when they were. */
  notFolded: string | undefined;
  /** Why the history lacks something; undefined when it does not. */
  historyProblem: string | undefined;
  #completedFiles = 0;
  #newFiles = 0;
  readonly #failures = new Map<string, DownloadOutcome>();
  readonly #hosts = new Map<string, HostTally>();

  /** How many downloads have failed for this run. */
  get failed(): number {
    return this.#failures.size;
  }

  /** Files that were published or were there already, those of failed downloads included. */
  get files(): number {
    return [...this.#failures.values()]
      .reduce((sum, { files }) => sum + files.length, this.#completedFiles);
  }

  /** Of these, the ones that were there when this run began. */
  get filesThereAlready(): number {
    return Math.max(0, this.files - this.#newFiles);
  }

  /** Counts how an attempt ended. A later attempt takes the place of an earlier one. */
  add({ host }: Pick<DownloadJob, "host">, outcome: DownloadOutcome): void {
    const tally = this.#of(host);
    const key = jobKey(outcome);
    this.bytes += outcome.bytes;
    this.#newFiles += outcome.files.length - outcome.files_there_already;
    if (outcome.status === "completed") {
      this.completed++;
      this.#completedFiles += outcome.files.length;
      tally.completed++;
      this.#failures.delete(key);
    } else {
      tally.failed_attempts++;
      this.#failures.set(key, outcome);
    }
  }

  /** Counts that a host asked for less. */
  slowed(host: string, pauseMs: number): void {
    const tally = this.#of(host);
    tally.slowed++;
    tally.longest_pause_seconds = Math.max(
      tally.longest_pause_seconds,
      Math.ceil(pauseMs / 1000),
    );
  }

  /** Counts what was left for a later run. */
  putOff(host: string, downloads: number): void {
    this.#of(host).put_off += downloads;
  }

  /** The hosts, in the order in which they were asked. */
  hosts(): HostTally[] {
    return [...this.#hosts.values()];
  }

  /** What failed, the last attempt of each, the first thousand. */
  failures(): DownloadOutcome[] {
    return [...this.#failures.values()].slice(0, mostFailures);
  }

  #of(host: string): HostTally {
    const tally = this.#hosts.get(host) ?? {
      host,
      completed: 0,
      failed_attempts: 0,
      slowed: 0,
      longest_pause_seconds: 0,
      put_off: 0,
    };
    this.#hosts.set(host, tally);
    return tally;
  }
}
