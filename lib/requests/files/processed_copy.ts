/** Finding the copies of files that an importer has put away. */

import type { RemoteFile } from "../../sftp/mod.ts";
import { findStamps } from "./time_stamp.ts";

/** How a copy is packed. */
export type Packing = "gz" | "zip";

/** A file that is a copy of a wanted one, by its name. */
export interface ProcessedCopy {
  /** The copy. */
  file: RemoteFile;
  /** How it is packed; undefined when it is as it was. */
  packing: Packing | undefined;
  /** The time stamp in its name, in milliseconds since 1970; undefined without one. */
  stampMs: number | undefined;
}

/**
 * Tells of which wanted names a file is a copy: the name itself, the name with a time stamp added
 * before or after an extension, or one of these with `.gz` or `.zip` at its end.
 *
 * @returns the wanted names, each with the copy
 */
export function copiesOf(
  file: RemoteFile,
  wanted: ReadonlySet<string>,
): Map<string, ProcessedCopy> {
  const found = new Map<string, ProcessedCopy>();
  const look = (name: string, packing: Packing | undefined) => {
    const readings = [{ rest: name, atMs: undefined }, ...findStamps(name)];
    for (const { rest, atMs } of readings) {
      if (wanted.has(rest) && !found.has(rest)) found.set(rest, { file, packing, stampMs: atMs });
    }
  };
  look(file.name, undefined);
  const packed = /^(.+)\.(gz|zip)$/i.exec(file.name);
  if (packed?.[1] !== undefined) look(packed[1], /gz/i.test(packed[2] ?? "") ? "gz" : "zip");
  return found;
}

/**
 * Orders copies of one file, the newest first.
 *
 * Among copies with time stamps the stamps decide; the newest of these and the newest without one
 * are told apart by when the server says that they were changed, as importers stamp the new copy or
 * the old one. What is equal in all that is ordered so that the exact name, unpacked, is first.
 */
export function newestFirst(copies: readonly ProcessedCopy[]): ProcessedCopy[] {
  const plain = copies.filter(({ stampMs }) => stampMs === undefined).sort(byChange);
  const stamped = copies.filter(({ stampMs }) => stampMs !== undefined)
    .sort((a, b) => (b.stampMs ?? 0) - (a.stampMs ?? 0) || byChange(a, b));
  const [first] = plain;
  const [second] = stamped;
  if (first === undefined || second === undefined) return [...plain, ...stamped];
  return first.file.mtimeMs >= second.file.mtimeMs
    ? [...plain, ...stamped]
    : [...stamped, ...plain];
}

function byChange(a: ProcessedCopy, b: ProcessedCopy): number {
  return b.file.mtimeMs - a.file.mtimeMs ||
    Number(a.packing !== undefined) - Number(b.packing !== undefined) ||
    (a.file.name < b.file.name ? -1 : 1);
}
