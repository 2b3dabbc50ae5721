/** Asking before many requests are touched. */

import { askBefore, canAsk, countOf } from "../core/command_line/mod.ts";
import { ValidationError } from "../core/mod.ts";

/** How many requests are touched without a question. */
const fewRequests = 20;

/** What decides on asking. */
export interface ConfirmRequestsOptions {
  /** What is done to requests, as a verb: `Restore`. */
  verb: string;
  /** Do not ask. */
  yes: boolean;
  /** Nothing will be changed, so that nobody is asked. */
  dryRun: boolean;
  /** Output is for a program, so that nobody is asked. */
  json: boolean;
  /** Ends the wait for the answer. */
  signal: AbortSignal;
}

/**
 * Makes the question of scripts that change something: more than 20 requests are touched only after
 * a yes. Where there is nobody to ask, as in a cron job, it does not wait but refuses.
 *
 * @returns resolves when the work may begin; rejects with ValidationError (`DECLINED`, or `USAGE`
 * when there is nobody to ask)
 */
export function confirmRequests(
  { verb, yes, dryRun, json, signal }: ConfirmRequestsOptions,
): (requests: number) => Promise<void> {
  return async (requests) => {
    if (yes || dryRun || requests <= fewRequests) return;
    const what = `${verb} ${countOf(requests, "request")}`;
    if (json || !canAsk()) {
      throw new ValidationError(
        `Cannot ${what.toLowerCase()} without --yes as there is nobody to ask; ` +
          "look first with --dry-run, then add --yes",
        { code: "USAGE" },
      );
    }
    if (!await askBefore(`${what}?`, { signal })) {
      throw new ValidationError("Changed nothing as the answer was not yes", { code: "DECLINED" });
    }
  };
}
