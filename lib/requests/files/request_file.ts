/** Which file belongs to a request, and where it may lie. */

import { FileOperationError, ValidationError } from "../../core/mod.ts";
import { type DatabaseSession, listItems, retryRead } from "../../database/mod.ts";
import { quoteName, remoteNameProblem, remotePath } from "../../sftp/mod.ts";

/** A request's file and its directories. */
export interface RequestFile {
  /** The request. */
  requestId: number;
  /** Its district, whose server it is. */
  districtId: number;
  /** Its type's name. */
  typeName: string;
  /** The file's name, which is a single safe name. */
  name: string;
  /** The directory that files are imported from. */
  sftpDirectory: string;
  /** The directory that imported files are moved to; null when the type has none. */
  processedDirectory: string | null;
}

/** What the database says about a request's file. */
export interface RequestFileRow extends Record<string, unknown> {
  RequestID: number;
  DistrictID: number;
  DataRequestTypeName: string;
  ImportedFileName: string | null;
  SftpDirectory: string;
  ProcessedDirectory: string | null;
}

/** Reads what the database says about requests; unknown ids are left out. */
export async function readRequestFiles(
  session: DatabaseSession,
  ids: readonly number[],
  options: { signal?: AbortSignal | undefined },
): Promise<RequestFileRow[]> {
  const statement = `
select r."RequestID", r."DistrictID", t."Name" as "DataRequestTypeName", r."ImportedFileName",
  t."SftpDirectory", t."ProcessedDirectory"
from "DataRequest" r
join "DataRequestType" t on t."DataRequestTypeID" = r."DataRequestTypeID"
where r."RequestID" in (${listItems(session.dialect, "$1", "bigint")})`;
  return await retryRead(
    () => session.query<RequestFileRow>(statement, [ids], options),
    options,
  );
}

/**
 * Makes sense of a row: `{DistrictID}` in the directories is the district's id.
 *
 * @throws FileOperationError when there is no file name, or one that is no plain name
 */
export function toRequestFile(row: RequestFileRow): RequestFile {
  const { RequestID: requestId, DistrictID: districtId, ImportedFileName: name } = row;
  if (name === null || name === "") {
    throw new FileOperationError(
      `Cannot find the file of request ${requestId} as no file was imported for it`,
      { code: "NO_FILE_NAME", context: { request_id: requestId } },
    );
  }
  const problem = remoteNameProblem(name);
  if (problem !== undefined) {
    throw new FileOperationError(
      `Cannot use the file name ${quoteName(name)} of request ${requestId} as it ${problem}; ` +
        "correct ImportedFileName in the database",
      { code: "BAD_FILE_NAME", context: { request_id: requestId } },
    );
  }
  const inDistrict = (directory: string) => directory.replaceAll("{DistrictID}", `${districtId}`);
  return {
    requestId,
    districtId,
    typeName: row.DataRequestTypeName,
    name,
    sftpDirectory: inDistrict(row.SftpDirectory),
    processedDirectory: row.ProcessedDirectory === null || row.ProcessedDirectory === ""
      ? null
      : inDistrict(row.ProcessedDirectory),
  };
}

/** Gives the path under which a file is imported. */
export function importPath({ sftpDirectory, name }: RequestFile): string {
  return remotePath(sftpDirectory, name);
}

/** Makes the error for an id that no request has. */
export function unknownRequest(requestId: number): ValidationError {
  return new ValidationError(
    `Cannot find request ${requestId} as there is none with this id; correct the list`,
    { code: "UNKNOWN_REQUEST", context: { request_id: requestId } },
  );
}
