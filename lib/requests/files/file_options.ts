/** How the files of requests are fetched and put back. */

import { ValidationError } from "../../core/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { FileManager } from "./file_manager.ts";
import type { DownloadOutcome, RestoreOutcome } from "./file_outcome.ts";

/** What the work on files needs. */
export interface FileSources {
  /** The database of the requests. */
  database: DatabaseSession;
  /** The way to the SFTP servers. */
  files: FileManager;
}

/** What downloads and restores can both be told. */
export interface FileWorkOptions {
  /**
   * Ends at once: what is under way is given up and cleaned away, but for downloads of more than
   * 1 MiB, which the next one goes on with; the call rejects.
   */
  signal?: AbortSignal | undefined;
  /** Begins no further request, finishes those under way; the others are reported as `stopped`. */
  stopSignal?: AbortSignal | undefined;
  /** Replaces a different file that is in the target's place. Defaults to false: it is refused. */
  force?: boolean;
  /** Tells what would be done, and changes nothing. Defaults to false. */
  dryRun?: boolean;
  /**
   * Reads what is on the server once more and compares SHA-256. Defaults to false: sizes are
   * compared.
   */
  verify?: boolean;
  /**
   * How many requests are under way at once, over all servers: 1 to 256. By default as many as keep
   * each connection busy, on up to 5 servers at once.
   */
  maxConcurrent?: number | undefined;
}

/** How files are downloaded. */
export interface DownloadOptions extends FileWorkOptions {
  /** Called when a request is settled, in no particular order. */
  onOutcome?: (outcome: DownloadOutcome) => void;
}

/** How files are restored. */
export interface RestoreOptions extends FileWorkOptions {
  /**
   * How large an unpacked file may become, in bytes. Defaults to 2 GiB. A file that unpacks to more
   * than 250 times its size is refused in any case, once it has passed 16 MiB.
   */
  maxUnpackedBytes?: number | undefined;
  /** Called when a request is settled, in no particular order. */
  onOutcome?: (outcome: RestoreOutcome) => void;
}

/** Checks {@link FileWorkOptions.maxConcurrent}. @throws ValidationError when it is out of its range. */
export function checkConcurrency(maxConcurrent: number | undefined): void {
  if (maxConcurrent === undefined) return;
  if (Number.isInteger(maxConcurrent) && maxConcurrent >= 1 && maxConcurrent <= 256) return;
  throw new ValidationError(
    `Cannot work on requests at once as maxConcurrent must be from 1 to 256: it is ${maxConcurrent}`,
  );
}
