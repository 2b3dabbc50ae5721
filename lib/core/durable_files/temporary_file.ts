/** Temporary files beside the file that they will replace. */

import { basename, dirname, join } from "node:path";
import { crc32 } from "./crc32.ts";
import { isStillAt } from "./same_file.ts";

const maxNameBytes = 255;

/** Far more writers of one file than any machine runs; a foreign file in every place is an error. */
const maxPlaces = 1000;

/**
 * Creates an empty temporary file in a file's folder and locks it.
 *
 * Its name is the first free one of a fixed row (`.a.csv.0.tmp`, `.a.csv.1.tmp` …), so that the
 * file that a killed writer left behind is found by the next one without a look through the folder,
 * and removed: nobody holds its lock any more.
 *
 * @param path the file that will be replaced
 * @param mode the mode of the new file, less the umask
 */
export async function createTemporaryFile(
  path: string,
  mode: number,
): Promise<{ file: Deno.FsFile; temporaryPath: string }> {
  for (let place = 0; place < maxPlaces; place++) {
    const temporaryPath = join(dirname(path), temporaryName(basename(path), place));
    const file = await takePlace(temporaryPath, mode);
    if (file !== undefined) return { file, temporaryPath };
  }
  throw new Deno.errors.AlreadyExists(`${maxPlaces} temporary files are in use beside it`);
}

function temporaryName(name: string, place: number): string {
  const full = `.${name}.${place}.tmp`;
  if (new TextEncoder().encode(full).length <= maxNameBytes) return full;
  return `.${crc32(new TextEncoder().encode(name))}.${place}.tmp`;
}

/** Creates the file under a name; undefined when a living writer or another user holds the name. */
async function takePlace(path: string, mode: number): Promise<Deno.FsFile | undefined> {
  for (;;) {
    const file = await createOrRemove(path, mode);
    if (file === "in use") return undefined;
    if (file === "removed") continue;
    try {
      // Between our creating and our locking it, another writer may have taken it for a dead one's.
      if (await file.tryLock(true) && await isStillAt(path, file)) return file;
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

async function createOrRemove(
  path: string,
  mode: number,
): Promise<Deno.FsFile | "in use" | "removed"> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  try {
    using left = await Deno.open(path, { write: true });
    if (!await left.tryLock(true)) return "in use";
    if (await isStillAt(path, left)) await Deno.remove(path);
    return "removed";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "removed";
    if (error instanceof Deno.errors.PermissionDenied) return "in use"; // another user's
    throw error;
  }
}
