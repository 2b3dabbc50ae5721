/** Transferring any number of files over one connection. */

import { OpsdeckError, SFTPConnectionError, ValidationError } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";
import { filesInFlight } from "./flight_plan.ts";
import { ProgressCount } from "./progress_count.ts";
import { TransferSession } from "./session.ts";
import { isSourceChange } from "./transfer_error.ts";
import type {
  FileOutcome,
  FilePair,
  PlannedFile,
  TransferManyOptions,
  TransferredFile,
} from "./transfer_options.ts";
import { type FileAttempt, TransferWork } from "./transfer_work.ts";

/** Transfers one file; what it has begun is gone, or can be gone on with, when it throws. */
export type TransferOne = (
  connection: SftpConnection,
  file: PlannedFile,
  work: TransferWork,
  attempt: FileAttempt,
) => Promise<TransferredFile>;

/** A source that changes while it is read is read again, but not for ever. */
const maxChanges = 2;

/** Transfers files, many at once, and gives what became of each, in their order. */
export async function transferMany(
  connection: SftpConnection,
  files: readonly PlannedFile[],
  options: TransferManyOptions,
  transferOne: TransferOne,
): Promise<FileOutcome[]> {
  const { stopSignal, maxReconnects = 5, reconnect } = options;
  const { concurrency = filesInFlight(connection.roundTripMs) } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new ValidationError(
      `Cannot transfer files as concurrency must be a whole number from 1: it is ${concurrency}`,
    );
  }
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const work = new TransferWork(options, signal, files.length);
  const progress = new ProgressCount(files.length, options.onProgress);
  const session = new TransferSession(connection, {
    reconnect,
    maxReconnects,
    signal,
    onRenewed: (renewed) => work.leftovers.removeAll(renewed),
  });
  const outcomes: FileOutcome[] = [];
  let next = 0;

  const attemptUntilSettled = async (file: PlannedFile): Promise<FileOutcome> => {
    const attempt: FileAttempt = { counter: progress.file() };
    for (let changes = 0;;) {
      const { connection } = session;
      try {
        const transferred = await transferOne(connection, file, work, attempt);
        session.progressed();
        progress.done();
        return transferred;
      } catch (error) {
        signal.throwIfAborted();
        attempt.counter.restart();
        if (isSourceChange(error) && ++changes <= maxChanges) continue;
        const isLost = error instanceof SFTPConnectionError || !connection.isActive();
        if (isLost && await session.renew(connection)) continue;
        progress.failed();
        const reason = (isLost && session.refusal) || asError(error);
        return { ...pairOf(file), status: "failed", error: reason };
      }
    }
  };

  const workOn = async (): Promise<void> => {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index];
      if (file === undefined) return;
      signal.throwIfAborted();
      outcomes[index] = stopSignal?.aborted
        ? { ...pairOf(file), status: "stopped", error: stopped() }
        : await attemptUntilSettled(file);
    }
  };

  const workers = Array.from({ length: Math.min(concurrency, files.length) }, workOn);
  const settled = await Promise.allSettled(workers);
  await work.syncFolders();
  signal.throwIfAborted();
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return outcomes;
}

function pairOf({ remotePath, localPath }: PlannedFile): FilePair {
  return { remotePath, localPath };
}

function stopped(): OpsdeckError {
  return new OpsdeckError("Cannot begin the file as the transfer was stopped; run this again", {
    code: "STOPPED",
    severity: "INFO",
    retryable: true,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
