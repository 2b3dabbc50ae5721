/** Asking before records are deleted for good. */

import { ValidationError } from "../../core/mod.ts";

/**
 * Lets a purge pass when it was confirmed by flag, or when the person at the terminal says yes.
 *
 * @throws ValidationError when nobody can be asked, or the answer is no; an AbortError when stopped
 * by the signal.
 */
export async function checkPurgeIsWanted(
  { yes, json, what, signal }: { yes: boolean; json: boolean; what: string; signal: AbortSignal },
): Promise<void> {
  if (yes) return;
  if (json || !Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) {
    throw new ValidationError(
      `Cannot purge ${what} without --yes as there is nobody to ask; ` +
        "look first with --dry-run, then add --yes",
      { code: "USAGE" },
    );
  }
  Deno.stderr.writeSync(new TextEncoder().encode(`Delete ${what} from the archive? [y/N] `));
  const answer = await readAnswer(signal);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new ValidationError("Purged nothing as the answer was not yes", { code: "DECLINED" });
}

async function readAnswer(signal: AbortSignal): Promise<string> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const buffer = new Uint8Array(100);
    const count = await Promise.race([Deno.stdin.read(buffer), stopped]);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
