/** Whether a folder can be made and written. */

import { join } from "@std/path";
import { OpsdeckError, toFileError } from "../../core/mod.ts";

/** Makes a folder if it is missing, writes a file in it and removes that; gives what went wrong. */
export async function checkFolder(folder: string): Promise<OpsdeckError[]> {
  const probe = join(folder, `.opsdeck-${crypto.randomUUID()}.tmp`);
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(probe, "", { createNew: true });
    await Deno.remove(probe);
    return [];
  } catch (error) {
    const problem = toFileError(error, "write in the folder", folder);
    if (problem instanceof OpsdeckError) return [problem];
    throw problem;
  }
}
