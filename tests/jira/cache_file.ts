/** What a test asks of a cache's file behind the cache's back. */

import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { JiraCache, type JiraCacheOptions } from "../../lib/jira/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A clock that a test sets. */
export interface SetClock {
  /** The time in Unix milliseconds. */
  now: number;
}

/** A folder with a cache in it, and a clock. */
export interface CachePlace extends AsyncDisposable {
  readonly path: string;
  readonly clock: SetClock;
  /** Opens the cache with that clock. */
  open(options?: JiraCacheOptions): JiraCache;
}

/** Makes the place; the cache is not there yet. */
export async function cachePlace(): Promise<CachePlace> {
  const folder = await temporaryFolder("jira-cache");
  const path = join(folder.path, "jira", "cache.sqlite");
  const clock = { now: Date.parse("2026-11-21T02:00:00Z") };
  return {
    path,
    clock,
    open: (options = {}) => new JiraCache({ path, clock: () => clock.now, ...options }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Whether the file is whole, and what is in it against what its running totals say. */
export function inspectFile(path: string) {
  using database = new DatabaseSync(path);
  const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  return {
    integrity: one("pragma integrity_check"),
    entries: one("select count(*) from entry"),
    bytes: one(
      `select coalesce(sum(octet_length(key) + octet_length(scope) + octet_length(value)), 0)
       from entry`,
    ),
    totalEntries: one("select coalesce(sum(entries), 0) from total"),
    totalBytes: one("select coalesce(sum(bytes), 0) from total"),
  };
}
