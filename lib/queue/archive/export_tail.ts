/** What an interrupted run left at the end of an export file. */

import { createHash } from "node:crypto";
import { ValidationError } from "../../core/mod.ts";

const chunkBytes = 65_536;
const linesAtOnce = 500;
const lineStart = '{"id":';
const newline = 10;

interface TailLine {
  id: number;
  digest: string;
}

/** Gives the digest by which a line is recognised. */
export function digestOf(line: string | Uint8Array): string {
  return createHash("sha256").update(line).digest("base64");
}

/**
 * Cuts a torn last line off, and gives the digests, by id, of the lines at the end whose records
 * `findPresent` still finds: a batch that was written and never taken. Batches are taken whole and
 * in the order of the file, so the first line from the end whose record has gone is the last one
 * that is looked at.
 *
 * @throws ValidationError when one of these lines is no exported record.
 */
export async function readUntakenTail(
  file: Deno.FsFile,
  path: string,
  findPresent: (ids: readonly number[]) => Promise<Set<number>>,
): Promise<Map<number, string>> {
  const untaken = new Map<number, string>();
  let group: TailLine[] = [];
  const isWholeGroupPresent = async () => {
    const present = await findPresent(group.map((line) => line.id));
    for (const line of group) {
      if (!present.has(line.id)) return false;
      // From the end on, so the first digest of an id is that of its last line.
      if (!untaken.has(line.id)) untaken.set(line.id, line.digest);
    }
    group = [];
    return true;
  };
  const size = await cutTornLine(file, path);
  for await (const bytes of linesFromEnd(file, size)) {
    group.push(parseLine(bytes, path));
    if (group.length === linesAtOnce && !await isWholeGroupPresent()) return untaken;
  }
  if (group.length > 0) await isWholeGroupPresent();
  return untaken;
}

function parseLine(bytes: Uint8Array, path: string): TailLine {
  const text = new TextDecoder().decode(bytes);
  try {
    const value: unknown = text.startsWith(lineStart) ? JSON.parse(text) : undefined;
    if (typeof value === "object" && value !== null && "id" in value && "flow_name" in value) {
      if (Number.isSafeInteger(value.id)) return { id: Number(value.id), digest: digestOf(bytes) };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notAnExport(path);
}

/** Gives the file's size up to its last whole line, which is where it ends after this. */
async function cutTornLine(file: Deno.FsFile, path: string): Promise<number> {
  const { size } = await file.stat();
  let start = size;
  let torn = new Uint8Array();
  while (start > 0) {
    const from = Math.max(0, start - chunkBytes);
    const chunk = await readAt(file, from, start - from);
    const at = chunk.lastIndexOf(newline);
    torn = concat(chunk.subarray(at + 1), torn);
    start = at === -1 ? from : from + at + 1;
    if (at !== -1) break;
  }
  if (torn.length === 0) return size;
  const text = new TextDecoder().decode(torn.subarray(0, lineStart.length));
  if (!text.startsWith(lineStart) && !lineStart.startsWith(text)) throw notAnExport(path);
  await file.truncate(start);
  return start;
}

/** Gives the whole lines before `end`, without their newlines, from the last to the first. */
async function* linesFromEnd(file: Deno.FsFile, end: number): AsyncGenerator<Uint8Array> {
  let start = end - 1; // the last line's own newline
  let rest = new Uint8Array();
  while (start > 0) {
    const from = Math.max(0, start - chunkBytes);
    let chunk = await readAt(file, from, start - from);
    start = from;
    for (let at = chunk.lastIndexOf(newline); at !== -1; at = chunk.lastIndexOf(newline)) {
      yield concat(chunk.subarray(at + 1), rest);
      rest = new Uint8Array();
      chunk = chunk.subarray(0, at);
    }
    rest = concat(chunk, rest);
  }
  if (end > 0) yield rest;
}

async function readAt(
  file: Deno.FsFile,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  await file.seek(position, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function notAnExport(path: string): ValidationError {
  return new ValidationError(
    `Cannot export to '${path}' as it holds something else than exported records; ` +
      "name another file",
    { code: "NOT_AN_EXPORT", context: { file_path: path } },
  );
}
