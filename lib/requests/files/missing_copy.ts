/** The error for a file that is not where it should be. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName } from "../../sftp/mod.ts";
import type { RequestFile } from "./request_file.ts";

/** Makes the error for a request of whose file there is no copy in these directories. */
export function noCopy(
  { requestId, name, processedDirectory }: RequestFile,
  server: string,
  directories: readonly string[],
): FileOperationError {
  const places = directories.map((directory) => `'${directory}'`).join(" and ");
  const where = places === "" ? "" : ` in ${places} on ${server}`;
  const lacks = processedDirectory === null ? "its type has no ProcessedDirectory" : "";
  const reason = [where === "" ? "" : `there is no copy${where}`, lacks]
    .filter((part) => part !== "").join(", and ");
  return new FileOperationError(
    `Cannot find the file ${quoteName(name)} of request ${requestId} as ${reason}; ` +
      "ask its district to send it again",
    { code: "NO_PROCESSED_COPY", context: { request_id: requestId, server } },
  );
}
