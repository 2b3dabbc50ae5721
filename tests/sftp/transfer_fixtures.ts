/** What the tests of transfers are made of. */

import { join, relative } from "@std/path";
import { FileOperationError } from "../../lib/core/mod.ts";
import type { FileOutcome, FilePair } from "../../lib/sftp/mod.ts";
import type { SftpServer } from "../support/sftp_server.ts";

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

/** Makes files to upload, of 1000 bytes each, `big` of 300,000, and says what is to go where. */
export async function makePairs(
  folder: string,
  server: Pick<SftpServer, "remotePath">,
  names: readonly string[],
): Promise<FilePair[]> {
  const pairs = names.map((name) => ({
    localPath: join(folder, name),
    remotePath: server.remotePath(name),
  }));
  for (const { localPath } of pairs) {
    await Deno.writeFile(localPath, randomBytes(localPath.endsWith("big") ? 300_000 : 1000, 7));
  }
  return pairs;
}

/** Gives what became of a file: its status, or the code of its error. */
export function codeOf(outcome: FileOutcome): string {
  if (!("error" in outcome)) return outcome.status;
  return outcome.error instanceof FileOperationError ? outcome.error.code : outcome.error.message;
}

function walk(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? walk(join(folder, name)) : [join(folder, name)]
  );
}
