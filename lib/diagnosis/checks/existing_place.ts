/** Where something is, or will be made. */

import { dirname } from "@std/path";
import { type CheckFinding, permissionMissing } from "../../core/mod.ts";

/**
 * Gives the folder itself, or the nearest one above it that is there; undefined when Deno may not
 * look above it.
 *
 * @throws ConfigurationError when Deno may not look at the folder itself
 */
export async function existingPlace(folder: string): Promise<string | undefined> {
  for (let place = folder;; place = dirname(place)) {
    try {
      await Deno.stat(place);
      return place;
    } catch (error) {
      const missing = permissionMissing(error);
      if (missing !== undefined) {
        if (place === folder) throw missing;
        return undefined;
      }
      if (!(error instanceof Deno.errors.NotFound) || place === dirname(place)) throw error;
    }
  }
}

/** What a check says of a folder for which {@link existingPlace} gave nothing. */
export function notTold(folder: string, question: string): CheckFinding {
  return {
    status: "not_configured",
    found:
      `${folder} is not there yet, and Deno may not look at the folder above it: ${question} ` +
      "cannot be told before it is first used",
  };
}
