/** Work on the files of requests, server by server. */

import { inParallel } from "../../core/mod.ts";
import { createProgress } from "../../core/command_line/mod.ts";
import type { ServerAccess } from "../../sftp/mod.ts";
import { distinctIds } from "../request_ids.ts";
import type { FileOutcome } from "./file_outcome.ts";
import { checkConcurrency, type FileSources, type FileWorkOptions } from "./file_options.ts";
import { OutcomeLedger } from "./outcome_ledger.ts";
import {
  readRequestFiles,
  type RequestFile,
  type RequestFileRow,
  toRequestFile,
  unknownRequest,
} from "./request_file.ts";

/** The requests whose files are on one server. */
export interface ServerWork<Outcome> {
  /** The way to the server. */
  access: ServerAccess;
  /** The requests. */
  requests: RequestFile[];
  /** How many may be under way at once; undefined for as many as the line carries. */
  atOnce: number | undefined;
  /** Tells what became of a request, once for each. */
  settle(requestId: number, outcome: Partial<Outcome> & { status: string }): void;
  /** Tells that a request failed. */
  fail(requestId: number, error: unknown, known?: Partial<Outcome>): void;
  /** Tells that a request was not begun, as the run was stopped. */
  stop(requestId: number, known?: Partial<Outcome>): void;
}

/** What kind of work is done. */
export interface WorkKind<Outcome extends FileOutcome> {
  /** For the progress line: `Restoring`. */
  label: string;
  /** The fields that only this kind has, as they are when nothing was done. */
  blank: Omit<Outcome, keyof FileOutcome | "status">;
  /** Does the work of one server, and settles each of its requests. */
  work(server: ServerWork<Outcome>): Promise<void>;
}

/** How the work is done. */
interface WorkOptions<Outcome> extends FileWorkOptions {
  showProgress: boolean;
  onOutcome?: (outcome: Outcome) => void;
}

/** Beyond that, waiting for servers gains less than their sockets cost. */
const serversAtOnce = 5;

/**
 * Groups requests by their districts' servers and works on several servers at once. What one
 * request, district or server fails with does not stop the others: every id has its outcome, in
 * the order of the ids.
 *
 * @throws ValidationError when an id is no whole number, or `maxConcurrent` none from 1 to 256;
 * DatabaseConnectionError when the requests cannot be read; the reason of `signal`
 */
export async function workByServer<Outcome extends FileOutcome & { status: string }>(
  { database, files }: FileSources,
  requestIds: readonly number[],
  options: WorkOptions<Outcome>,
  kind: WorkKind<Outcome>,
): Promise<Map<number, Outcome>> {
  const { signal, stopSignal, maxConcurrent, showProgress } = options;
  checkConcurrency(maxConcurrent);
  const { ids } = distinctIds(requestIds, "request id");
  const read = await readRows(database, ids, options);
  const rows = read ?? new Map<number, RequestFileRow>();
  using progress = createProgress(
    { label: kind.label, total: ids.length, unit: "requests" },
    showProgress && Deno.stderr.isTerminal(),
  );
  const ledger = new OutcomeLedger(ids, rows, {
    blank: kind.blank,
    progress,
    onOutcome: options.onOutcome,
  });

  if (read === undefined) {
    for (const id of ids) ledger.stop(id);
    return ledger.outcomes();
  }
  const groups = [...groupByServer(ids, rows, files, ledger)];
  const servers = Math.min(groups.length, serversAtOnce, maxConcurrent ?? Infinity);
  const atOnce = maxConcurrent && Math.max(1, Math.floor(maxConcurrent / servers));
  await inParallel(groups, servers, async ([access, requests]) => {
    signal?.throwIfAborted();
    try {
      if (!stopSignal?.aborted) {
        await kind.work({
          access,
          requests,
          atOnce,
          settle: ledger.settle,
          fail: ledger.fail,
          stop: ledger.stop,
        });
      }
    } catch (error) {
      signal?.throwIfAborted();
      for (const { requestId } of ledger.open(requests)) ledger.fail(requestId, error);
    }
    for (const { requestId } of ledger.open(requests)) ledger.stop(requestId);
  });
  return ledger.outcomes();
}

/** Reads the requests by id; undefined when that was stopped, since a database may never answer. */
async function readRows(
  database: FileSources["database"],
  ids: readonly number[],
  { signal, stopSignal }: FileWorkOptions,
): Promise<Map<number, RequestFileRow> | undefined> {
  const either = AbortSignal.any([signal, stopSignal].filter((given) => given !== undefined));
  try {
    const rows = await readRequestFiles(database, ids, { signal: either });
    return new Map(rows.map((row) => [row.RequestID, row]));
  } catch (error) {
    signal?.throwIfAborted();
    if (stopSignal?.aborted) return undefined;
    throw error;
  }
}

function groupByServer<Outcome extends FileOutcome & { status: string }>(
  ids: readonly number[],
  rows: ReadonlyMap<number, RequestFileRow>,
  files: FileSources["files"],
  ledger: OutcomeLedger<Outcome>,
): Map<ServerAccess, RequestFile[]> {
  const groups = new Map<ServerAccess, RequestFile[]>();
  const byDistrict = new Map<number, { access: ServerAccess } | { error: unknown }>();
  for (const id of ids) {
    try {
      const row = rows.get(id);
      if (row === undefined) throw unknownRequest(id);
      const request = toRequestFile(row);
      const { districtId } = request;
      const server = byDistrict.get(districtId) ?? serverOf(districtId, files);
      byDistrict.set(districtId, server);
      if ("error" in server) throw server.error;
      const group = groups.get(server.access) ?? [];
      group.push(request);
      groups.set(server.access, group);
    } catch (error) {
      ledger.fail(id, error);
    }
  }
  return groups;
}

function serverOf(
  districtId: number,
  files: FileSources["files"],
): { access: ServerAccess } | { error: unknown } {
  try {
    return { access: files.accessTo(files.serverOf(districtId)) };
  } catch (error) {
    return { error };
  }
}
