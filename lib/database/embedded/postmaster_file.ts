/** Reads `postmaster.pid`, in which a running server says who it is. */

import { join } from "node:path";

/** What `postmaster.pid` says; a server that was killed leaves it behind. */
export interface PostmasterFile {
  /** Process id of the server. */
  pid: number;
  /** Port. */
  port: number;
  /** Whether it says that it accepts connections. */
  isReady: boolean;
}

/** Gives the path of a cluster's `postmaster.pid`. */
export function postmasterPath(dataDirectory: string): string {
  return join(dataDirectory, "postmaster.pid");
}

/** Reads a cluster's `postmaster.pid`; undefined when there is none, or none that is whole. */
export async function readPostmasterFile(
  dataDirectory: string,
): Promise<PostmasterFile | undefined> {
  const text = await readPostmasterText(dataDirectory);
  return text === undefined ? undefined : parsePostmasterFile(text);
}

/** Reads the text of a cluster's `postmaster.pid`; undefined when there is none. */
export async function readPostmasterText(dataDirectory: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(postmasterPath(dataDirectory));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Reads the text of a `postmaster.pid`: lines 1, 4 and 8 are process id, port and status
 * (PostgreSQL source, `src/include/utils/pidfile.h`). The first five are written at once, so that it
 * is undefined when it is empty or torn.
 */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split("\n");
  const pid = readNumber(lines[0]);
  const port = readNumber(lines[3]);
  if (pid === 0 || port === 0) return undefined;
  return { pid, port, isReady: lines[7]?.trim() === "ready" };
}

function readNumber(line: string | undefined): number {
  return /^\d{1,9}$/.test(line?.trim() ?? "") ? Number(line) : 0;
}
