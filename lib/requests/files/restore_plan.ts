/** Which files have to be put back, and from where. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName, type RemoteFile, type SftpConnection } from "../../sftp/mod.ts";
import { directoryError, type DirectoryLook, DirectoryQuestions } from "./directory_look.ts";
import { noCopy } from "./missing_copy.ts";
import type { ProcessedCopy } from "./processed_copy.ts";
import { importPath, type RequestFile } from "./request_file.ts";

/** A file to put back, for all requests that want it. */
export interface RestoreJob {
  /** The requests. */
  requestIds: number[];
  /** The newest copy. */
  copy: ProcessedCopy;
  /** The paths of the other copies, the newest first. */
  passedOver: string[];
  /** Where to put it. */
  targetPath: string;
  /** What is there already. */
  existing: RemoteFile | undefined;
}

/** A request whose file cannot be put back. */
export interface HopelessRequest {
  requestId: number;
  error: unknown;
}

/** What is to be done on one server. */
export interface RestorePlan {
  jobs: RestoreJob[];
  hopeless: HopelessRequest[];
  /** Temporary files in the directories to be written to. */
  parts: RemoteFile[];
}

/** Looks into all directories, each once, and finds the newest copy of each file. */
export async function planRestores(
  connection: SftpConnection,
  requests: readonly RequestFile[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RestorePlan> {
  const questions = new DirectoryQuestions();
  for (const { sftpDirectory, processedDirectory, name } of requests) {
    questions.add(sftpDirectory, name);
    if (processedDirectory !== null) questions.add(processedDirectory, name);
  }
  const looks = await questions.ask(connection, options);
  const jobs = new Map<string, RestoreJob>();
  const hopeless: HopelessRequest[] = [];
  for (const request of requests) {
    try {
      addJob(jobs, request, looks, connection.server);
    } catch (error) {
      hopeless.push({ requestId: request.requestId, error });
    }
  }
  const targets = new Set(requests.map(({ sftpDirectory }) => sftpDirectory));
  const parts = [...targets].flatMap((directory) => looks.get(directory)?.parts ?? []);
  return { jobs: [...jobs.values()], hopeless, parts };
}

function addJob(
  jobs: Map<string, RestoreJob>,
  request: RequestFile,
  looks: ReadonlyMap<string, DirectoryLook>,
  server: string,
): void {
  const { requestId, name, sftpDirectory, processedDirectory } = request;
  const [copy, ...others] = findCopies(request, looks, server);
  if (copy === undefined) {
    throw noCopy(request, server, processedDirectory === null ? [] : [processedDirectory]);
  }
  const target = looks.get(sftpDirectory);
  if (target?.error !== undefined) {
    const directory = sftpDirectory;
    throw directoryError({ directory, kind: "SftpDirectory", server }, target.error);
  }
  const targetPath = importPath(request);
  const job = jobs.get(targetPath);
  if (job === undefined) {
    jobs.set(targetPath, {
      requestIds: [requestId],
      copy,
      passedOver: others.map(({ file }) => file.path),
      targetPath,
      existing: target?.exact.get(name),
    });
    return;
  }
  if (job.copy.file.path !== copy.file.path) {
    throw new FileOperationError(
      `Cannot restore ${quoteName(targetPath)} for request ${requestId} as request ` +
        `${
          job.requestIds[0]
        } wants another copy there; restore one, have it imported, then the other`,
      { code: "TARGET_CONFLICT", context: { request_id: requestId, remote_path: targetPath } },
    );
  }
  job.requestIds.push(requestId);
}

function findCopies(
  { name, processedDirectory }: RequestFile,
  looks: ReadonlyMap<string, DirectoryLook>,
  server: string,
): ProcessedCopy[] {
  if (processedDirectory === null) return [];
  const look = looks.get(processedDirectory);
  if (look?.error === undefined) return look?.copies.get(name) ?? [];
  const directory = processedDirectory;
  throw directoryError({ directory, kind: "ProcessedDirectory", server }, look.error);
}
