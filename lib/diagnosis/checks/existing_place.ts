/** Where something is, or will be made. */

import { dirname } from "@std/path";
import { permissionMissing } from "../../core/mod.ts";

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
