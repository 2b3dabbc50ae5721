/** Errors of whole transfers. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";

/** The source is another one than when the transfer began. Trying again can help. */
export function sourceChanged(path: string): FileOperationError {
  return new FileOperationError(
    `Cannot transfer ${
      quoteName(path)
    } as it changed while it was read; wait until nobody writes ` +
      "it, then run this again",
    { code: "SOURCE_CHANGED", retryable: true, context: { file_path: path } },
  );
}

/** Tells whether {@link sourceChanged} made an error. */
export function isSourceChange(error: unknown): boolean {
  return error instanceof FileOperationError && error.code === "SOURCE_CHANGED";
}

/** Something else is in the target's place. */
export function localTaken(path: string): FileOperationError {
  return new FileOperationError(
    `Cannot write ${
      quoteName(path)
    } as the file exists and differs; choose another folder or say ` +
      "that it may be replaced",
    { code: "LOCAL_FILE_EXISTS", context: { file_path: path } },
  );
}

/** Tells whether {@link localTaken} made an error. */
export function isLocalTaken(error: unknown): boolean {
  return error instanceof FileOperationError && error.code === "LOCAL_FILE_EXISTS";
}

/** What arrived is not what was sent. */
export function wrongContent(path: string, detail: string): FileOperationError {
  return new FileOperationError(
    `Cannot keep ${quoteName(path)} as what arrived is not what was sent: ${detail}; run this ` +
      "again, and check the disk and the network if it happens twice",
    {
      code: "CONTENT_MISMATCH",
      category: "DATA_CORRUPTION",
      retryable: true,
      context: { file_path: path },
    },
  );
}

/** Only regular files can be transferred. */
export function notAFile(path: string): FileOperationError {
  return new FileOperationError(
    `Cannot transfer ${quoteName(path)} as it is not a regular file; name a file`,
    { code: "NOT_A_FILE", context: { file_path: path } },
  );
}
