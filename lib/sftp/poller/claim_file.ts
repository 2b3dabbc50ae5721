/**
 * Taking a file so that exactly one poller has it, whatever happens on the way.
 *
 * A rename whose reply was lost leaves nobody sure of who has the file: at a name that others use
 * too, it may as well be another poller's. So a file is first renamed to a name that only its claim
 * knows, where it is ours beyond doubt, and from there to the name that people expect.
 */

import { FileOperationError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  quoteName,
  type RemoteFile,
  remoteFolder,
  remotePath,
} from "../connection/mod.ts";
import { parkedName, placeNames } from "./claim_names.ts";
import { lookAt, type PollerConnection } from "./poller_connection.ts";
import type { PollerLedger } from "./poller_ledger.ts";
import type { Claim } from "./poller_state.ts";

/** The code of the error for a claimed file that is no longer where it was put. */
export const claimedFileGone = "CLAIMED_FILE_GONE";

/** Where a poller works. */
export interface ClaimPlace {
  connection: PollerConnection;
  ledger: PollerLedger;
}

const mostFolderAttempts = 3;

/**
 * Claims a file for a day's folder and moves it there. Gives undefined when another poller was
 * faster.
 *
 * @throws what the connection throws; the claim is then in the journal, and {@link settleClaim}
 * finds out how far it came.
 */
export async function claimFile(
  place: ClaimPlace,
  file: RemoteFile,
  folder: string,
): Promise<Claim | undefined> {
  const { connection, ledger } = place;
  const claim = intendedClaim(ledger, file.path) ?? await beginClaim(place, file, folder);
  if (!await park(connection, claim)) {
    await ledger.record({ type: "lost", claim: claim.id });
    return undefined;
  }
  await moveToPlace(place, claim);
  return claim;
}

/**
 * Finds out what became of a claim that was interrupted, and finishes it where the file is ours.
 * One whose file is still where it was uploaded stays as it is: the file is looked at anew.
 *
 * @throws FileOperationError with the code `CLAIMED_FILE_GONE` when the file was ours and is away.
 */
export async function settleClaim(
  place: ClaimPlace,
  claim: Claim,
): Promise<"ours" | "open" | "lost"> {
  const { connection, ledger } = place;
  if (claim.stage === "moved" || claim.stage === "batched") return "ours";
  if (await lookAt(connection, claim.parked) !== undefined) {
    await moveToPlace(place, claim);
    return "ours";
  }
  if (claim.stage === "named") {
    if (await lookAt(connection, placeOf(claim)) === undefined) throw gone(claim);
    await ledger.record({ type: "moved", claim: claim.id }, { sync: false });
    return "ours";
  }
  if (await lookAt(connection, claim.from) !== undefined) return "open";
  // The order matters: a rename that was still under way at the first look is seen by this one.
  if (await lookAt(connection, claim.parked) !== undefined) return await settleClaim(place, claim);
  await ledger.record({ type: "lost", claim: claim.id });
  return "lost";
}

/**
 * A claim of the same path that did not come through. It is used again, so that claims of a file
 * that cannot be moved do not pile up.
 */
function intendedClaim(ledger: PollerLedger, path: string): Claim | undefined {
  return ledger.state.claims.values()
    .find((claim) => claim.stage === "intended" && claim.from === path);
}

async function beginClaim(
  { connection, ledger }: ClaimPlace,
  file: RemoteFile,
  folder: string,
): Promise<Claim> {
  const id = crypto.randomUUID();
  await ledger.record({
    type: "intent",
    claim: id,
    server: connection.server,
    from: file.path,
    parked: remotePath(folder, parkedName(id)),
  });
  const claim = ledger.state.claims.get(id);
  if (claim === undefined) throw new Error(`The claim ${id} is not in the journal's state`);
  return claim;
}

/** Renames the file to the name that is ours alone; false when the file is another's by now. */
async function park(connection: PollerConnection, claim: Claim): Promise<boolean> {
  for (let attempt = 1;; attempt++) {
    try {
      await connection.rename(claim.from, claim.parked);
      return true;
    } catch (error) {
      if (isTaken(error)) return true; // an earlier attempt of this claim, whose reply was lost
      if (!isMissing(error) && !isUnexplained(error)) throw error;
      if (await lookAt(connection, claim.from) === undefined) {
        // Away by an earlier attempt of this claim, whose reply was lost, or by another poller.
        return await lookAt(connection, claim.parked) !== undefined;
      }
      // The file is there, so it is the day's folder that is missing.
      if (!isMissing(error) || attempt === mostFolderAttempts) throw error;
      await connection.mkdir(remoteFolder(claim.parked), { recursive: true });
    }
  }
}

/** Whether a server has only said "failure": of two renames of a file it may say so to one. */
function isUnexplained(error: unknown): boolean {
  return error instanceof FileOperationError && error.code === "SFTP_FAILURE";
}

/** Renames a parked file to the first name that is free. */
async function moveToPlace(place: ClaimPlace, claim: Claim): Promise<void> {
  const { ledger } = place;
  const folder = remoteFolder(claim.parked);
  const names = placeNames(uploadName(claim), claim.id).map((name) => remotePath(folder, name));
  // The last attempt may still be under way: while it is, no other name may be tried.
  const first = claim.to === undefined ? 0 : Math.max(0, names.indexOf(claim.to));
  for (const to of names.slice(first)) {
    if (isNameOfAnother(ledger, claim, to)) continue;
    ledger.namesBeingGiven.add(to);
    try {
      if (!await giveName(place, claim, to)) continue;
    } finally {
      ledger.namesBeingGiven.delete(to);
    }
    await ledger.record({ type: "moved", claim: claim.id }, { sync: false });
    return;
  }
  throw new FileOperationError(
    `Cannot place ${quoteName(claim.from)} in ${
      quoteName(folder)
    } as every name for it is taken; ` +
      "look what fills the folder",
    { code: "REMOTE_FILE_EXISTS", context: { remote_path: claim.parked } },
  );
}

/** Of two claims that are placed at the same time, each may find a name free that both want. */
function isNameOfAnother(ledger: PollerLedger, claim: Claim, to: string): boolean {
  return ledger.namesBeingGiven.has(to) ||
    ledger.state.claims.values().some((other) => other !== claim && other.to === to);
}

/**
 * False when the name is another file's. That is looked at before, as the renaming of some servers
 * overwrites what is there.
 */
async function giveName(
  { connection, ledger }: ClaimPlace,
  claim: Claim,
  to: string,
): Promise<boolean> {
  const isTried = claim.to === to;
  if (await lookAt(connection, to) !== undefined) {
    // It is ours when an earlier attempt, whose reply was lost, has moved it.
    return isTried && await lookAt(connection, claim.parked) === undefined;
  }
  if (!isTried) await ledger.record({ type: "naming", claim: claim.id, to });
  return await renameParked(connection, claim.parked, to);
}

/** False when the name is another file's. */
async function renameParked(
  connection: PollerConnection,
  parked: string,
  to: string,
): Promise<boolean> {
  try {
    await connection.rename(parked, to);
    return true;
  } catch (error) {
    if (!isTaken(error) && !isMissing(error)) throw error;
    if (await lookAt(connection, parked) !== undefined) {
      if (isTaken(error)) return false;
      throw error;
    }
    // Not parked any more: an earlier attempt, whose reply was lost, has moved it.
    if (await lookAt(connection, to) !== undefined) return true;
    throw error;
  }
}

/** The name under which a claimed file was uploaded. */
export function uploadName(claim: Claim): string {
  return claim.from.slice(claim.from.lastIndexOf("/") + 1);
}

/** The path that a claimed file has, or is to get. */
export function placeOf(claim: Claim): string {
  return claim.to ?? claim.parked;
}

/** Makes the error for a claimed file that is away. */
export function gone(claim: Claim): FileOperationError {
  const path = placeOf(claim);
  return new FileOperationError(
    `Cannot find ${quoteName(path)}, which was claimed and not yet delivered, as it is gone; ` +
      "put it back, or poll with --forget-failed when it is not wanted any more",
    { code: claimedFileGone, context: { remote_path: path } },
  );
}
