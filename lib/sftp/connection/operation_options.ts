/** How small operations on a server are done. */

/** How a small operation may end early. */
export interface OperationOptions {
  /** Ends it; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds. Defaults to the target's `operationTimeoutMs`. */
  timeoutMs?: number;
}

/** How `SftpConnection.mkdir` makes a folder. */
export interface MkdirOptions extends OperationOptions {
  /** Makes the folders above it too, and is content with one that is there. Defaults to false. */
  recursive?: boolean;
}
