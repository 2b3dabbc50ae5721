/** The folder of journals, caches and history. */

import { access, constants } from "node:fs/promises";
import { type CheckFinding, errorReason, opsdeckHome, permissionMissing } from "../../core/mod.ts";
import { existingPlace, notTold } from "./existing_place.ts";

/**
 * Looks whether the folder is there, may be written, and is nobody else's to write. Nothing is
 * written to find out.
 */
export async function checkStateFolder(): Promise<CheckFinding> {
  const folder = opsdeckHome();
  const info = await statOf(folder);
  if (info === undefined) return await lookAbove(folder);
  if (!info.isDirectory) {
    return {
      status: "failed",
      found: `${folder} is no folder`,
      advice: "remove it, or set OPSDECK_HOME to a folder that this user may write",
    };
  }
  const refusal = await refusalOf(folder);
  if (refusal !== undefined) {
    return {
      status: "failed",
      found: `${folder} cannot be written: ${refusal}`,
      advice: "make it this user's, or set OPSDECK_HOME to a folder that is",
    };
  }
  const mode = (info.mode ?? 0) & 0o777;
  const found = `${folder} may be written (mode ${mode.toString(8)})`;
  if ((mode & 0o022) === 0) return { status: "ok", found };
  return {
    status: "warning",
    found: `${found}, by other users too`,
    advice: `keep them out, as journals are trusted: chmod go-w ${folder}`,
  };
}

async function lookAbove(folder: string): Promise<CheckFinding> {
  const place = await existingPlace(folder);
  if (place === undefined) return notTold(folder, "whether it can be made");
  const refusal = await refusalOf(place);
  if (refusal === undefined) {
    return { status: "ok", found: `${folder} is not there yet; it is made when it is first used` };
  }
  return {
    status: "failed",
    found: `${folder} is not there yet, and cannot be made in ${place}: ${refusal}`,
    advice: "make it as a folder of this user, or set OPSDECK_HOME to one",
  };
}

async function statOf(folder: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw permissionMissing(error) ?? error;
  }
}

async function refusalOf(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const missing = permissionMissing(error);
    if (missing !== undefined) throw missing;
    return errorReason(error);
  }
}
