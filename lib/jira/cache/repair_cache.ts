/** Setting a broken cache aside and starting afresh. */

import { CacheDatabaseError, FileOperationError, toFileError } from "../../core/errors/mod.ts";
import { brokenReason } from "./cache_error.ts";
import { CacheStore } from "./cache_store.ts";

/** How {@link repairCache} works. */
export interface RepairOptions {
  /** Looks, and changes nothing. Defaults to false. */
  dryRun?: boolean | undefined;
  /** Ends the wait for another repair. */
  signal?: AbortSignal | undefined;
  /** Gives the time in Unix milliseconds. Defaults to `Date.now`. */
  clock?: (() => number) | undefined;
}

/** What {@link repairCache} found and did. */
export interface RepairReport {
  /** The cache's file. */
  path: string;
  /** `broken` is left as it is, by a dry run. */
  status: "healthy" | "repaired" | "broken";
  /** What is wrong with it; null when nothing is. */
  reason: string | null;
  /** Where the broken file and those beside it (`-wal`, `-shm`) are now. */
  set_aside: string[];
}

/**
 * Checks every page of a cache and, when it is broken, renames it with what belongs to it
 * (`cache.sqlite.broken-20261121T142211Z`) and makes a new one. A healthy one is left alone.
 *
 * A process that has the broken file open goes on with that until it ends.
 *
 * @throws CacheDatabaseError (exit code 3) when another process keeps it locked, it cannot be read
 * or renamed, or it is another program's: a new file would not help, or destroy what is not ours
 */
export async function repairCache(
  path: string,
  { dryRun = false, signal, clock = Date.now }: RepairOptions = {},
): Promise<RepairReport> {
  const healthy: RepairReport = { path, status: "healthy", reason: null, set_aside: [] };
  try {
    const first = findDamage(path);
    if (first === undefined) return healthy;
    if (dryRun) return { ...healthy, status: "broken", reason: first };

    const { acquireFileLock } = await import("../../core/durable_files/mod.ts");
    using _lock = await acquireFileLock(path, { signal, removeOnRelease: true });
    // Another repair may have been faster.
    const reason = findDamage(path);
    if (reason === undefined) return healthy;
    const setAside = renameAll(path, clock());
    new CacheStore(path)[Symbol.dispose]();
    return { path, status: "repaired", reason, set_aside: setAside };
  } catch (error) {
    throw toRepairError(error, path);
  }
}

/** Whatever a file operation says, it is the cache that cannot be used. */
function toRepairError(error: unknown, path: string): unknown {
  const known = toFileError(error, "repair", path);
  if (!(known instanceof FileOperationError)) return known;
  const { message, code, retryable } = known;
  return new CacheDatabaseError(message, { code, retryable, context: { path }, cause: error });
}

/** Says what is wrong with a cache; undefined when nothing is, or there is none. */
function findDamage(path: string): string | undefined {
  if (!exists(path)) return undefined;
  try {
    using store = new CacheStore(path);
    return store.read(() => findDamageInside(store));
  } catch (error) {
    const reason = brokenReason(error);
    if (reason === undefined) throw error;
    return reason;
  }
}

function findDamageInside({ database }: CacheStore): string | undefined {
  const found = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  const integrity = found("pragma integrity_check(1)");
  if (integrity !== "ok") return `it is corrupt (${integrity})`;
  if (found(wrongEntries) !== 0) return "entries in it are not what was stored";
  if (found(wrongTotals) !== 0) return "its counts of entries and bytes are wrong";
  return undefined;
}

const wrongEntries = `
select count(*)
from entry
where not json_valid(value)
  or size <> octet_length(key) + octet_length(scope) + octet_length(value)`;

const wrongTotals = `
select count(*)
from (
  select category, entries, bytes from total where entries <> 0 or bytes <> 0
) as kept
full join (
  select category, count(*) as entries, sum(size) as bytes from entry group by category
) as counted using (category, entries, bytes)
where kept.entries is null or counted.entries is null`;

/** Those beside it go first: a new file must never meet an old log. */
function renameAll(path: string, now: number): string[] {
  const asidePath = freePath(`${path}.broken-${timestamp(now)}`);
  const suffixes = ["-journal", "-wal", "-shm", ""].filter((suffix) => exists(path + suffix));
  for (const suffix of suffixes) Deno.renameSync(path + suffix, asidePath + suffix);
  return suffixes.map((suffix) => asidePath + suffix).sort();
}

function freePath(wanted: string): string {
  let path = wanted;
  for (let count = 2; exists(path); count++) path = `${wanted}-${count}`;
  return path;
}

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
