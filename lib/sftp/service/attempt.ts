/** The reference's way to fail: a word in the log and an empty result. */

import { errorReason, getLogger, OpsdeckError, redact } from "../../core/mod.ts";

const log = getLogger("sftp");

/**
 * Does some work and gives its result; when it fails, logs why and gives the fallback.
 *
 * @param fields go with the line of the log
 */
export async function attempt<T, F>(
  fields: Readonly<Record<string, string>>,
  fallback: F,
  work: () => Promise<T>,
): Promise<T | F> {
  try {
    return await work();
  } catch (error) {
    // Braces would stand for fields.
    log.error(redact(errorReason(error)).replaceAll("{", "{{").replaceAll("}", "}}"), {
      ...fields,
      code: error instanceof OpsdeckError ? error.code : "UNEXPECTED",
    });
    return fallback;
  }
}
