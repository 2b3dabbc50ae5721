/** The manager of requests, as the scripts open it. */

import { FileManager } from "./files/mod.ts";
import { openRequestDatabase } from "./request_database.ts";
import { RequestManager } from "./request_manager.ts";

/** How to open it. */
export interface OpenRequestManagerOptions {
  /** Trust SFTP servers of which no host key is known, and record their keys. Defaults to false. */
  acceptNewHostKey?: boolean;
  /** Hears what the operator should know. */
  notice?: (text: string) => void;
  /** Aborted to give up waiting for a connection to the database; what runs goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes a manager by the configuration; nothing is connected to before it is used. Disposing closes
 * everything.
 */
export function openRequestManager(options: OpenRequestManagerOptions = {}): OpenedRequestManager {
  const { acceptNewHostKey = false, notice, signal } = options;
  return new OpenedRequestManager({
    database: openRequestDatabase({ signal, ...(notice === undefined ? {} : { notice }) }),
    files: new FileManager({ acceptNewHostKey, onRecorded: notice }),
  });
}

/** A manager that closes its database and its connections too. */
export class OpenedRequestManager extends RequestManager {
  /** Closes everything. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.database[Symbol.asyncDispose](),
      this.files[Symbol.asyncDispose](),
    ]);
  }
}
