/** Makes checks at the same time, so that none holds up or ends another. */

import {
  type CheckFinding,
  type CheckStatus,
  ExitCode,
  NetworkError,
  OpsdeckError,
  permissionMissing,
  redact,
  withDeadline,
} from "../../core/mod.ts";
import { withoutLogin } from "../settings/mod.ts";
import type { Check, CheckName } from "./check.ts";
import { findingWords } from "./finding_words.ts";

/** What a check came to. */
export interface CheckResult {
  /** The kind of thing that was looked at. */
  check: CheckName;
  /** Which one of its kind; empty where there is one only. */
  subject: string;
  /** How it is. */
  status: CheckStatus;
  /** What was looked at and how it is. */
  found: string;
  /** What to do; null when nothing is to be done. */
  advice: string | null;
  /** How long the look took, in milliseconds. */
  elapsed_ms: number;
  /** The code of the error that it failed with. */
  error_code: string | null;
  /** The exit code that a script would have ended with for this; 0 unless it failed. */
  exit_code: number;
}

const defaultDeadlineMs = 20_000;

/**
 * Makes all checks at once and gives their results in the order of the checks.
 *
 * @throws the reason of the signal, and nothing that a check throws
 */
export async function runChecks(
  checks: readonly Check[],
  options: { signal: AbortSignal; onChecked?: () => void },
): Promise<CheckResult[]> {
  const { signal, onChecked } = options;
  const results = await Promise.all(checks.map(async (check) => {
    const result = await runCheck(check, signal);
    onChecked?.();
    return result;
  }));
  return results.flat();
}

async function runCheck(check: Check, signal: AbortSignal): Promise<CheckResult[]> {
  const { name, subject, deadlineMs = defaultDeadlineMs } = check;
  const startedAtMs = performance.now();
  const result = (finding: CheckFinding, error?: unknown): CheckResult => ({
    check: name,
    subject,
    status: finding.status,
    found: withoutLogin(redact(finding.found)),
    advice: finding.advice === undefined ? null : withoutLogin(redact(finding.advice)),
    elapsed_ms: Math.round(performance.now() - startedAtMs),
    error_code: error instanceof OpsdeckError ? error.code : null,
    exit_code: finding.status === "failed" ? exitCodeOf(error, name) : ExitCode.success,
  });
  try {
    const found = await withDeadline((stop) => check.look(stop), {
      ms: deadlineMs,
      signal,
      onTimeout: () =>
        new NetworkError(
          `Cannot tell how it is as no answer came within ${deadlineMs / 1000} s; ` +
            "check the network and the server",
          { code: "CHECK_TIMEOUT" },
        ),
    });
    return [found].flat().map((finding) => result(finding));
  } catch (error) {
    signal.throwIfAborted();
    const said = permissionMissing(error) ?? error;
    const message = said instanceof Error ? said.message : String(said);
    return [result({ status: "failed", ...findingWords(message) }, said)];
  }
}

function exitCodeOf(error: unknown, name: CheckName): number {
  if (error instanceof OpsdeckError) return error.exitCode;
  return name === "configuration" ? ExitCode.configuration : ExitCode.failure;
}

/** Gives the exit code of what failed, when all of it has the same, and else 1. */
export function checksExitCode(results: readonly CheckResult[]): number {
  const codes = new Set(
    results.filter(({ status }) => status === "failed").map((r) => r.exit_code),
  );
  const [code = ExitCode.success] = codes;
  return codes.size > 1 ? ExitCode.failure : code;
}
