/** Errors of the file system, turned into ours. */

import { FileOperationError } from "./error_classes.ts";
import { errnoMeaning, errorCodeOf } from "./errno_codes.ts";
import { errorChain, errorReason } from "./error_fields.ts";
import { ErrorCategory, OpsdeckError } from "./opsdeck_error.ts";
import { permissionMissing } from "./permission_missing.ts";

/**
 * Turns what a file operation threw into a `FileOperationError` whose message says what failed,
 * why and what to do: `Cannot write 'a.csv' as No space left on device; free some space on the
 * disk`.
 *
 * Its `code` is the operating system's (`ENOSPC`), its category and severity follow from that. A
 * missing Deno permission becomes a `ConfigurationError`; an `OpsdeckError` and an abort pass
 * unchanged.
 *
 * @param action what was done, as a verb: `write`, `move`
 * @param path the file or folder it was done to
 */
export function toFileError(error: unknown, action: string, path: string): Error {
  if (error instanceof OpsdeckError) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  const refused = permissionMissing(error);
  if (refused !== undefined) return refused;

  const code = errorChain(error).map(errorCodeOf).find((found) => found !== undefined);
  const meaning = errnoMeaning(code);
  const advice = meaning === undefined ? "" : `; ${meaning.advice}`;
  return new FileOperationError(
    `Cannot ${action} '${path}' as ${plainReason(error, path)}${advice}`,
    {
      ...(code === undefined ? {} : { code }),
      category: meaning?.category ?? ErrorCategory.FILE_IO,
      ...(meaning === undefined ? {} : { severity: meaning.severity }),
      context: { file_path: path },
      cause: error,
    },
  );
}

/** Deno ends its messages with the number and the call, and the path is already in ours. */
function plainReason(error: unknown, path: string): string {
  return errorReason(error)
    .replaceAll(`'${path}'`, "it")
    .replace(/ \(os error \d+\).*$/, "");
}
