/** One remote file at a time: upload, download, remove. */

import { basename, join } from "node:path";
import { FileOperationError, resolveCallerPath, retryWithBackoff } from "../../core/mod.ts";
import {
  isMissing,
  quoteName,
  remoteNameProblem,
  remotePath,
  type SftpConnection,
} from "../connection/mod.ts";
import { downloadFile, uploadFile } from "../transfer/mod.ts";

/** Gives a connection that works, in place of a dead one too. */
export type GiveConnection = (signal?: AbortSignal) => Promise<SftpConnection>;

/** How a file is uploaded. */
export interface StoreFileOptions {
  /** Replace a different file of the same name. Defaults to false: the upload then fails. */
  overwrite?: boolean;
  /** Read the file back and compare its SHA-256. Defaults to false. */
  verify?: boolean;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/** How a file is downloaded. */
export interface FetchFileOptions {
  /** The folder in which the fresh one is made. Defaults to the system's for temporary files. */
  temporaryFolder?: string;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/** Uploads a local file into a remote folder, which is made where it is missing. */
export async function storeFile(
  give: GiveConnection,
  folder: string,
  localPath: string,
  options: StoreFileOptions = {},
): Promise<void> {
  const local = resolveCallerPath(localPath);
  await uploadFile(await give(options.signal), local, remotePath(folder, basename(local)), {
    ...options,
    createFolders: true,
    reconnect: give,
  });
}

/** Downloads a remote file into a fresh temporary folder, and gives its local path. */
export async function fetchFile(
  give: GiveConnection,
  path: string,
  options: FetchFileOptions = {},
): Promise<string> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const problem = remoteNameProblem(name);
  if (problem !== undefined) {
    throw new FileOperationError(
      `Cannot download ${quoteName(path)} as its name ${problem}; rename it on the server`,
      { code: "BAD_NAME", context: { remote_path: path } },
    );
  }
  const { temporaryFolder: dir, ...transfer } = options;
  const folder = await Deno.makeTempDir({ ...(dir && { dir }), prefix: "opsdeck-sftp-" });
  const localPath = join(folder, name);
  try {
    await downloadFile(await give(transfer.signal), path, localPath, {
      ...transfer,
      reconnect: give,
    });
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
  return localPath;
}

/** Removes a remote file. */
export async function removeFile(give: GiveConnection, path: string): Promise<void> {
  let attempts = 0;
  const remove = async () => {
    const connection = await give();
    attempts++;
    try {
      await connection.remove(path);
    } catch (error) {
      // The answer to the attempt before was lost, and it was "done".
      if (!(attempts > 1 && isMissing(error))) throw error;
    }
  };
  await retryWithBackoff({ maxRetries: 3, initialDelayMs: 200, maxDelayMs: 2000 })(remove)();
}
