/** Finding the files of requests to download. */

import { join } from "@std/path";
import type { RemoteFile, SftpConnection } from "../../sftp/mod.ts";
import { directoryError, type DirectoryLook, DirectoryQuestions } from "./directory_look.ts";
import type { DownloadOutcome } from "./file_outcome.ts";
import { noCopy } from "./missing_copy.ts";
import type { RequestFile } from "./request_file.ts";

/** A request without a file. */
export interface MissingFile {
  request: RequestFile;
  error: unknown;
  known: Partial<DownloadOutcome>;
}

/** A file that was found. */
export interface FoundFile {
  request: RequestFile;
  file: RemoteFile;
  localPath: string;
  known: Partial<DownloadOutcome>;
}

/** Looks into the SFTP directories first, and into the processed ones for what is not there. */
export async function findFiles(
  connection: SftpConnection,
  requests: readonly RequestFile[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ found: FoundFile[]; missing: MissingFile[] }> {
  const first = new DirectoryQuestions();
  for (const { sftpDirectory, name } of requests) first.add(sftpDirectory, name);
  const looks = await first.ask(connection, { signal });
  const second = new DirectoryQuestions();
  for (const { sftpDirectory, processedDirectory, name } of requests) {
    const isThere = looks.get(sftpDirectory)?.exact.get(name)?.kind === "file";
    if (!isThere && processedDirectory !== null) second.add(processedDirectory, name);
  }
  const processed = await second.ask(connection, { signal });

  const found: FoundFile[] = [];
  const missing: MissingFile[] = [];
  for (const request of requests) {
    try {
      found.push(toFound(request, findFile(connection.server, request, looks, processed), folder));
    } catch (error) {
      missing.push({ request, error, known: {} });
    }
  }
  for (const { known } of [...found, ...missing]) known.server = connection.server;
  return { found, missing };
}

function toFound(
  request: RequestFile,
  { file, foundIn, passedOver }: Found,
  folder: string,
): FoundFile {
  // A packed copy keeps the ending that tells so.
  const packing = foundIn === "processed" ? /\.(gz|zip)$/i.exec(file.name)?.[0] ?? "" : "";
  const name = request.name.endsWith(packing) ? request.name : `${request.name}${packing}`;
  const localPath = join(folder, `${request.requestId}_${name}`);
  const known = {
    source: file.path,
    target: localPath,
    bytes: file.size,
    found_in: foundIn,
    passed_over: passedOver,
  };
  return { request, file, localPath, known };
}

interface Found {
  file: RemoteFile;
  foundIn: "sftp" | "processed";
  passedOver: string[];
}

function findFile(
  server: string,
  request: RequestFile,
  looks: ReadonlyMap<string, DirectoryLook>,
  processed: ReadonlyMap<string, DirectoryLook>,
): Found {
  const { sftpDirectory, processedDirectory, name } = request;
  const look = looks.get(sftpDirectory);
  const file = look?.exact.get(name);
  if (file?.kind === "file") return { file, foundIn: "sftp", passedOver: [] };

  const second = processedDirectory === null ? undefined : processed.get(processedDirectory);
  const [copy, ...others] = second?.copies.get(name) ?? [];
  if (copy !== undefined) {
    const passedOver = others.map(({ file }) => file.path);
    return { file: copy.file, foundIn: "processed", passedOver };
  }
  if (processedDirectory !== null && second?.error !== undefined) {
    const directory = processedDirectory;
    throw directoryError({ directory, kind: "ProcessedDirectory", server }, second.error);
  }
  if (look?.error !== undefined) {
    const directory = sftpDirectory;
    throw directoryError({ directory, kind: "SftpDirectory", server }, look.error);
  }
  const directories = [sftpDirectory, ...processedDirectory === null ? [] : [processedDirectory]];
  throw noCopy(request, server, directories);
}
