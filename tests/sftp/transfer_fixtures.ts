/** What the tests of transfers are made of. */

import { join, relative } from "@std/path";

/** Gives bytes that look like chance but are the same for the same seed. */
export function randomBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    bytes[at] = state;
  }
  return bytes;
}

/** Gives the paths of all files below a folder, hidden ones included, sorted. */
export function filesBelow(folder: string): string[] {
  return walk(folder).map((path) => relative(folder, path)).sort();
}

function walk(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? walk(join(folder, name)) : [join(folder, name)]
  );
}
