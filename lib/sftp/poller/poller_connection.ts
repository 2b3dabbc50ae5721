/** What a poller needs of a connection to an SFTP server. */

import { isMissing, type RemoteFile, type SftpConnection } from "../connection/mod.ts";

/** The operations that a poller uses. */
export type PollerConnection = Pick<
  SftpConnection,
  "server" | "list" | "lstat" | "rename" | "mkdir" | "realPath"
>;

/** Gives a connection that works, new or used before. The caller does not close it. */
export type Connect = (options: { signal?: AbortSignal | undefined }) => Promise<PollerConnection>;

/** Gives what is at a path, undefined when there is nothing. Links are not followed. */
export async function lookAt(
  connection: PollerConnection,
  path: string,
): Promise<RemoteFile | undefined> {
  try {
    return await connection.lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
