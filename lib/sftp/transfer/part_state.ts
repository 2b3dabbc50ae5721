/** What stands beside a part, so that a later run knows whether it may go on with it. */

import { writeFileAtomic } from "../../core/mod.ts";

/** The source of a part: it is gone on with only when all of this is still the same. */
export interface PartSource {
  /** The server, as `user@host:port`. */
  server: string;
  /** The path on the server. */
  remotePath: string;
  /** The size in bytes. */
  size: number;
  /** When it was changed last, in milliseconds since 1970. */
  mtimeMs: number;
}

/** Gives how many bytes of a part are there for sure; 0 when it is of another source or unknown. */
export async function readPartState(partPath: string, source: PartSource): Promise<number> {
  let text: string;
  try {
    text = await Deno.readTextFile(statePath(partPath));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
  const state = parse(text);
  const same = state["server"] === source.server && state["remote_path"] === source.remotePath &&
    state["size"] === source.size && state["mtime_ms"] === source.mtimeMs;
  const doneBytes = state["done_bytes"];
  if (!same || typeof doneBytes !== "number" || !Number.isSafeInteger(doneBytes)) return 0;
  return doneBytes >= 0 && doneBytes <= source.size ? doneBytes : 0;
}

/** Notes how many bytes of a part are there for sure. */
export async function writePartState(
  partPath: string,
  { server, remotePath, size, mtimeMs }: PartSource,
  doneBytes: number,
): Promise<void> {
  const state = {
    server,
    remote_path: remotePath,
    size,
    mtime_ms: mtimeMs,
    done_bytes: doneBytes,
  };
  await writeFileAtomic(statePath(partPath), `${JSON.stringify(state)}\n`);
}

/** Removes the note. */
export async function forgetPartState(partPath: string): Promise<void> {
  await Deno.remove(statePath(partPath)).catch(() => {});
}

function statePath(partPath: string): string {
  return `${partPath}.json`;
}

/** A note that is no JSON object is as good as none. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
