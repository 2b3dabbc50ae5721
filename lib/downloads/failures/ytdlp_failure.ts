/** From how yt-dlp ended to an error of ours. */

import { ErrorCategory, type OpsdeckError } from "../../core/mod.ts";
import { failureError, type FailureMeaning } from "./failure_rule.ts";
import { ytdlpRules } from "./ytdlp_rules.ts";

/** How a run of yt-dlp ended. */
export interface YtdlpOutcome {
  /** Its exit code; 128 and more where a signal ended it. */
  exitCode: number;
  /** The signal that ended it; null where none did. */
  signal: string | null;
  /** What it said on stderr, its end where that is long. */
  stderr: string;
  /** The version of the program. */
  version: string;
}

const unknown: FailureMeaning = {
  code: "YTDLP_FAILED",
  category: ErrorCategory.SYSTEM,
  reason: "yt-dlp failed",
  advice: "look at the evidence in the error's details, and install a newer yt-dlp if there is one",
  retryable: true,
};

const killed: FailureMeaning = {
  code: "YTDLP_KILLED",
  category: ErrorCategory.SYSTEM,
  reason: "yt-dlp was killed",
  advice: "check that the machine has enough memory, then run this again",
  retryable: true,
};

/**
 * Classifies a failed run of yt-dlp by its error lines, the last one first, and by how it ended.
 * What was said is kept as `evidence` in the error's context.
 */
export function classifyYtdlpFailure(url: string, outcome: YtdlpOutcome): OpsdeckError {
  const { exitCode, signal, stderr, version } = outcome;
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const errors = lines.filter((line) => /^ERROR:|: error:/.test(line)).reverse();
  const evidence = {
    url,
    raw: stderr,
    details: { exit_code: exitCode, signal, ytdlp_version: version },
  };
  for (const line of errors) {
    const rule = ytdlpRules.find(({ pattern }) => pattern.test(line));
    if (rule !== undefined) return failureError(rule, { ...evidence, said: plain(line) });
  }
  // What it went on after is no reason, except where it says that all went well.
  const last = lines.filter((line) => exitCode === 0 || !line.startsWith("WARNING:")).at(-1);
  const said = plain(errors[0] ?? last ?? `exit code ${exitCode}`);
  if (signal !== null) return failureError(killed, { ...evidence, said: signal });
  // A crash of yt-dlp ends with the Python exception, without the word ERROR.
  const rule = ytdlpRules.find(({ pattern }) => pattern.test(last ?? ""));
  return failureError(rule ?? unknown, { ...evidence, said });
}

/** Leaves out the word ERROR and what yt-dlp asks of its own users. */
function plain(line: string): string {
  return line
    .replace(/^ERROR:\s*/, "")
    .replace(/;?\s*please report this issue on.*$/i, "")
    .replace(/\s*\(caused by .*$/, "");
}
