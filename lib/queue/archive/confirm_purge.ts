/** Asking before records are deleted for good. */

import { askBefore, canAsk } from "../../core/command_line/mod.ts";
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
  if (json || !canAsk()) {
    throw new ValidationError(
      `Cannot purge ${what} without --yes as there is nobody to ask; ` +
        "look first with --dry-run, then add --yes",
      { code: "USAGE" },
    );
  }
  if (await askBefore(`Delete ${what} from the archive?`, { signal })) return;
  throw new ValidationError("Purged nothing as the answer was not yes", { code: "DECLINED" });
}
