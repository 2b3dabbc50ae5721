/** Putting the files of requests back where they are imported from. */

import {
  FileOperationError,
  inParallel,
  OpsdeckError,
  resolveCallerPath,
  SFTPConnectionError,
} from "../../core/mod.ts";
import {
  filesInFlight,
  RemoteCopier,
  type RemoteFile,
  type SftpConnection,
} from "../../sftp/mod.ts";
import type { RestoreOutcome } from "./file_outcome.ts";
import type { FileSources, RestoreOptions } from "./file_options.ts";
import { restoreOne } from "./restore_one.ts";
import { planRestores, type RestoreJob } from "./restore_plan.ts";
import { RestoreRun } from "./restore_run.ts";
import type { RestoreWork } from "./restore_work.ts";
import { type ServerWork, workByServer } from "./work_by_server.ts";

/** How {@link restoreRequestFiles} restores. */
export interface RestoreSettings extends RestoreOptions {
  /** The folder in which packed copies are unpacked. Defaults to `/tmp`. */
  tempDir?: string;
  /** Shows a progress line when stderr is a terminal. Defaults to true. */
  showProgress?: boolean;
}

/** Each of them may need gigabytes of `tempDir`. */
const unpackedAtOnce = 4;

/**
 * Puts the processed copy of each request's file back into its SFTP directory, under its original
 * name (reference: requests, restore_files).
 *
 * The copy is the file of that name in the processed directory, or the same with a time stamp added
 * before or after the extension, or one of these in `.gz` or `.zip`, which is unpacked; of several,
 * the newest. It is written under a temporary name, its size checked, and renamed; the server
 * copies by itself where it can (`copy-data`). The same content there already is left, another is
 * refused without `force`. What a run that was killed has left is removed by the next one.
 *
 * @returns what became of each request, by its id; one that fails does not stop the others
 * @throws ValidationError when an id is no whole number, or `maxConcurrent` none from 1 to 256
 * @throws DatabaseConnectionError when the requests cannot be read
 * @throws FileOperationError when the state folder, in which runs hold locks, cannot be written
 */
export async function restoreRequestFiles(
  sources: FileSources,
  requestIds: readonly number[],
  settings: RestoreSettings = {},
): Promise<Map<number, RestoreOutcome>> {
  const { tempDir = "/tmp", showProgress = true, ...options } = settings;
  await using run = await RestoreRun.begin(resolveCallerPath(tempDir), sources.files.stateFolder);
  return await workByServer<RestoreOutcome>(sources, requestIds, { ...options, showProgress }, {
    label: "Restoring",
    blank: { method: null, replaced: false },
    work: (server) => restoreOnServer(server, run, options),
  });
}

async function restoreOnServer(
  server: ServerWork<RestoreOutcome>,
  run: RestoreRun,
  options: RestoreOptions,
): Promise<void> {
  const { access, requests } = server;
  const { signal, dryRun = false } = options;
  const plan = await access.repeatable((connection) =>
    planRestores(connection, requests, { signal })
  );
  const connection = await access.connect();
  for (const { requestId, error } of plan.hopeless) {
    server.fail(requestId, error, { server: connection.server });
  }
  if (!dryRun) {
    await removeAbandoned(
      connection,
      plan.parts.filter((part) => run.isAbandoned(part)),
    );
  }

  const work = { run, copier: new RemoteCopier(signal), options };
  const atOnce = server.atOnce ?? filesInFlight(connection.roundTripMs);
  const restore = (job: RestoreJob) => restoreJob(job, server, connection.server, work);
  const isPacked = ({ copy }: RestoreJob) => copy.packing !== undefined;
  await inParallel(plan.jobs.filter((job) => !isPacked(job)), atOnce, restore);
  await inParallel(plan.jobs.filter(isPacked), Math.min(unpackedAtOnce, atOnce), restore);
  if (work.copier.leftovers.size > 0) {
    await access.repeatable((connection) => work.copier.removeLeftovers(connection));
  }
}

/** @throws what concerns all jobs of the server: the signal's reason, and the server's absence */
async function restoreJob(
  job: RestoreJob,
  server: ServerWork<RestoreOutcome>,
  serverName: string,
  work: RestoreWork,
): Promise<void> {
  const { signal, stopSignal } = work.options;
  const known = {
    server: serverName,
    source: job.copy.file.path,
    target: job.targetPath,
    passed_over: job.passedOver,
  };
  signal?.throwIfAborted();
  if (stopSignal?.aborted) {
    for (const requestId of job.requestIds) server.stop(requestId, known);
    return;
  }
  let attempts = 0;
  try {
    const outcome = await server.access.repeatable((connection) =>
      restoreOne(connection, job, work, attempts++ > 0)
    );
    for (const requestId of job.requestIds) server.settle(requestId, { ...known, ...outcome });
  } catch (error) {
    signal?.throwIfAborted();
    for (const requestId of job.requestIds) server.fail(requestId, error, known);
    const isAway = error instanceof OpsdeckError && error.code === "SERVER_AWAY";
    const isUnreached = attempts === 0 && error instanceof SFTPConnectionError;
    if (isAway || isUnreached) throw error; // the others need not find out one by one
  }
}

async function removeAbandoned(
  connection: SftpConnection,
  parts: readonly RemoteFile[],
): Promise<void> {
  await inParallel(parts, 8, async ({ path }) => {
    try {
      await connection.remove(path);
    } catch (error) {
      // Another run was faster, or it is another user's: neither is a reason not to restore.
      if (!(error instanceof FileOperationError)) throw error;
    }
  });
}
