/** The first half of a pass: from files in the source folder to claimed ones that may go out. */

import { delay, errorReason, OpsdeckError, redact, SFTPConnectionError } from "../../core/mod.ts";
import { type RemoteFile, remotePath } from "../connection/mod.ts";
import {
  claimedFileGone,
  claimFile,
  type ClaimPlace,
  gone,
  placeOf,
  settleClaim,
} from "./claim_file.ts";
import { dayFolderName } from "./day_folder.ts";
import type { PollReport } from "./poll_report.ts";
import { type PollerConfig, pollerFolders } from "./poller_config.ts";
import { refuseOtherServer } from "./other_server.ts";
import { lookAt, type PollerConnection } from "./poller_connection.ts";
import type { Claim, ClaimStage } from "./poller_state.ts";
import { compareLooks, sortSourceFiles, type SourceFiles, unstableReason } from "./source_files.ts";

/** What a pass claims with. */
export interface ClaimPassOptions {
  config: PollerConfig;
  /** The clock of the day's folder. */
  now: () => Date;
  /** No further file is claimed once it is aborted. */
  signal?: AbortSignal | undefined;
}

const claimsAtOnce = 16;

/** How far apart the two looks at a file are by default, in milliseconds (reference: sftp). */
const defaultStableMs = 1200;

/**
 * Settles what an interrupted pass left, watches the source folder and all held files together,
 * and claims what did not change. Counts everything in `report`, and puts what may go out into
 * `ready`, also when it ends by an error.
 */
export async function claimPass(
  place: ClaimPlace,
  options: ClaimPassOptions,
  report: PollReport,
  ready: Claim[],
): Promise<void> {
  const { connection } = place;
  const { config, signal } = options;
  refuseOtherServer(place);
  const folders = await foldersOf(connection, config);
  const first = await lookAtSource(connection, folders.source);
  countFound(report, first);
  await settleClaims(place, report);
  const heldClaims = claimsAt(place, "moved");
  if (first.candidates.length + heldClaims.length === 0) return;

  const heldBefore = await lookAtClaims(connection, heldClaims);
  await delay(config.stableMs ?? defaultStableMs, { signal });
  const watched = compareLooks(first, await lookAtSource(connection, folders.source));
  report.unstable = watched.unstable.length;
  report.unstable_files = watched.unstable;
  report.lost_to_others += watched.goneCount;
  const heldNow = await lookAtClaims(connection, heldClaims);
  for (const claim of heldClaims) {
    sortClaim(claim, heldBefore.get(claim.id), heldNow.get(claim.id), report, ready);
  }

  const dayFolder = () =>
    remotePath(folders.inProgress, dayFolderName(options.now(), config.timeZone ?? "UTC"));
  await claimAll(place, watched.stable, dayFolder, { report, ready, signal });
}

/** Tells what a pass would claim; changes nothing. */
export async function previewPass(
  connection: PollerConnection,
  { config, signal }: Pick<ClaimPassOptions, "config" | "signal">,
  report: PollReport,
): Promise<void> {
  const { source } = await foldersOf(connection, config);
  const first = await lookAtSource(connection, source);
  countFound(report, first);
  if (first.candidates.length === 0) return;
  await delay(config.stableMs ?? defaultStableMs, { signal });
  const { stable, unstable } = compareLooks(first, await lookAtSource(connection, source));
  report.claimed = stable.length;
  report.would_claim = stable.map(({ name }) => name);
  report.unstable = unstable.length;
  report.unstable_files = unstable;
}

async function foldersOf(connection: PollerConnection, config: PollerConfig) {
  const path = config.path ?? ".";
  // The receiver of a path does not know in which folder our login starts.
  const base = path.startsWith("/") ? path : await connection.realPath(path);
  return pollerFolders(base, config);
}

async function lookAtSource(connection: PollerConnection, folder: string): Promise<SourceFiles> {
  return sortSourceFiles(await connection.list(folder));
}

function countFound(report: PollReport, { candidates, setAside }: SourceFiles): void {
  report.found = candidates.length + setAside.length;
  report.set_aside = setAside.length;
  report.set_aside_files = setAside;
}

function claimsAt({ ledger }: ClaimPlace, ...stages: ClaimStage[]): Claim[] {
  return ledger.state.claims.values().filter((claim) => stages.includes(claim.stage)).toArray();
}

async function settleClaims(place: ClaimPlace, report: PollReport): Promise<void> {
  await inParallel(claimsAt(place, "intended", "named"), async (claim) => {
    try {
      const outcome = await settleClaim(place, claim);
      if (outcome === "ours") report.claimed++;
      if (outcome === "lost") report.lost_to_others++;
    } catch (error) {
      if (!isAboutOneFile(error)) throw error;
      report.held++;
      report.problems.push({ file: claim.from, problem: reasonOf(error) });
    }
  });
}

async function lookAtClaims(
  connection: PollerConnection,
  claims: readonly Claim[],
): Promise<Map<string, RemoteFile | undefined>> {
  const looks = new Map<string, RemoteFile | undefined>();
  await inParallel(claims, async (claim) => {
    looks.set(claim.id, await lookAt(connection, placeOf(claim)));
  });
  return looks;
}

async function claimAll(
  place: ClaimPlace,
  files: readonly RemoteFile[],
  dayFolder: () => string,
  { report, ready, signal }: {
    report: PollReport;
    ready: Claim[];
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  await inParallel(files, async (file) => {
    if (signal?.aborted) return;
    try {
      const claim = await claimFile(place, file, dayFolder());
      if (claim === undefined) {
        report.lost_to_others++;
        return;
      }
      report.claimed++;
      // Whoever was still writing goes on writing to the file under its new name.
      sortClaim(claim, file, await lookAt(place.connection, placeOf(claim)), report, ready);
    } catch (error) {
      if (!isAboutOneFile(error)) throw error;
      report.problems.push({ file: file.name, problem: reasonOf(error) });
    }
  });
}

/** A claimed file that did not change goes out; any other is held. */
function sortClaim(
  claim: Claim,
  before: RemoteFile | undefined,
  now: RemoteFile | undefined,
  report: PollReport,
  ready: Claim[],
): void {
  const reason = unstableReason(before, now);
  if (reason === undefined) {
    ready.push(claim);
    return;
  }
  report.held++;
  if (reason === "is gone") {
    report.problems.push({ file: claim.from, problem: reasonOf(gone(claim)) });
  } else {
    report.held_files.push({ name: placeOf(claim), reason });
  }
}

/** Whether the other files may fare better. */
function isAboutOneFile(error: unknown): boolean {
  return error instanceof OpsdeckError && !(error instanceof SFTPConnectionError) &&
    error.code !== "OPERATION_TIMEOUT" &&
    (error.code === claimedFileGone || "remote_path" in error.context);
}

function reasonOf(error: unknown): string {
  return redact(errorReason(error));
}

/** Works on several items at once. After a failure no further item is begun. */
async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failure: { error: unknown } | undefined;
  await Promise.all(Array.from({ length: claimsAtOnce }, async () => {
    for (const item of rest) {
      if (failure !== undefined) return;
      await work(item).catch((error) => failure ??= { error });
    }
  }));
  if (failure !== undefined) throw failure.error;
}
