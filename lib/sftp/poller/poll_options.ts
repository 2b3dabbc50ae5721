/** What the options of a run say together. */

import { ValidationError } from "../../core/mod.ts";

/** The options that do not go with one another. */
export interface PollFlags {
  /** One pass. */
  once: boolean;
  /** Passes until stopped, with this time between them, in milliseconds. */
  interval: number | undefined;
  /** Show the state only. */
  status: boolean;
  /** Say what would be claimed. */
  dryRun: boolean;
  /** Send refused batches again. */
  retryFailed: boolean;
  /** Drop refused batches. */
  forgetFailed: boolean;
}

const shortestIntervalMs = 1000;

/** Of each of these at most one may be given. */
const exclusive: readonly (readonly (keyof PollFlags)[])[] = [
  ["once", "interval"],
  ["retryFailed", "forgetFailed"],
  ["status", "interval", "dryRun"],
  ["status", "retryFailed", "dryRun"],
  ["status", "forgetFailed", "dryRun"],
];

/**
 * Checks that the options do not contradict each other, and that the interval is 1 second or more.
 *
 * @throws ValidationError that names the options.
 */
export function checkPollOptions(flags: PollFlags): void {
  for (const names of exclusive) {
    const given = names.filter((name) => flags[name] !== undefined && flags[name] !== false);
    if (given.length < 2) continue;
    const options = given.map((name) =>
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    );
    throw new ValidationError(`Cannot poll with ${options.join(" and ")} at once; choose one`, {
      code: "USAGE",
    });
  }
  if (flags.interval !== undefined && flags.interval < shortestIntervalMs) {
    throw new ValidationError(
      `Cannot poll as --interval must be 1s or more: it is ${flags.interval}ms`,
      { code: "USAGE" },
    );
  }
}
