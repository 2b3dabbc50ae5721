/** What transfers are told, and what they tell. */

import type { SftpConnection } from "../connection/mod.ts";

/** How far a transfer of one or more files is. */
export interface TransferProgress {
  /** Bytes that have arrived so far, of all files; begins at what a resumed file had already. */
  bytes: number;
  /** Files that are there, skipped ones included. */
  filesDone: number;
  /** Files that failed for good. */
  filesFailed: number;
  /** Files in all. */
  filesTotal: number;
}

/** How one file is transferred. */
export interface TransferOptions {
  /** Ends at once; it rejects with the signal's reason, and no partial file stays behind. */
  signal?: AbortSignal | undefined;
  /**
   * Replaces what is at the target. Defaults to false: then a target with the source's size and
   * time is left and the file counts as skipped, and any other is refused (`LOCAL_FILE_EXISTS`,
   * `REMOTE_FILE_EXISTS`).
   */
  overwrite?: boolean;
  /**
   * Computes the SHA-256 of what is transferred. A target of the same size is then compared by
   * content, whatever its time.
   */
  sha256?: boolean;
  /** Reads the remote file (again) and compares its SHA-256 with the local one's. */
  verify?: boolean;
  /**
   * Goes on with what an earlier download of the same file left, where size and time of the source
   * are still the same, and leaves such a part when it fails. For files of more than 1 MiB.
   * Defaults to false.
   */
  resume?: boolean;
  /** Makes the folders of the target. Defaults to false. */
  createFolders?: boolean;
  /** Called whenever something has arrived. */
  onProgress?: (progress: TransferProgress) => void;
}

/** How several files are transferred. */
export interface TransferManyOptions extends TransferOptions {
  /** Takes no new file, finishes those in hand; the others are reported as `stopped`. */
  stopSignal?: AbortSignal | undefined;
  /** How many files are under way at once. Defaults to 32 to 256, more the longer the round trip. */
  concurrency?: number;
  /**
   * Gives a connection in the place of a dead one. Files that it held up are tried again on the new
   * one; what had arrived is not done twice. Without it they are reported as failed, retryable.
   */
  reconnect?: (signal?: AbortSignal) => Promise<SftpConnection>;
  /** How often in a row a new connection may be made without a file arriving. Defaults to 5. */
  maxReconnects?: number;
}

/** A remote and a local path. */
export interface FilePair {
  /** The path on the server. */
  remotePath: string;
  /** The path on this machine. */
  localPath: string;
}

/** A file to transfer, and what is known of it. */
export interface PlannedFile extends FilePair {
  /**
   * What a listing of the server said of its file a moment ago. A small file is then looked at only
   * after it was read, which saves a question.
   */
  listed?: { size: number; mtimeMs: number };
}

/** What became of a file that is there now. */
export interface TransferredFile extends FilePair {
  /** `done`, or `skipped` when the same file was there already. */
  status: "done" | "skipped";
  /** Its size. */
  bytes: number;
  /** Where it was resumed: 0 when it was transferred from its beginning. */
  resumedFrom: number;
  /** Its SHA-256 in hexadecimal digits, where it was asked for. */
  sha256?: string;
}

/** A file that is not there. */
export interface FailedFile extends FilePair {
  /** `failed`, or `stopped` when it was not begun because of `stopSignal`. */
  status: "failed" | "stopped";
  /** Why. Its `retryable` says whether trying again can help. */
  error: Error;
}

/** What became of one of several files. */
export type FileOutcome = TransferredFile | FailedFile;
