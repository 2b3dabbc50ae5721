/** The statements of a cache, prepared once. */

import type { DatabaseSync, StatementSync } from "node:sqlite";

declare module "node:sqlite" {
  interface StatementSync {
    /** Gives rows as lists instead of objects; Deno has it, its types do not name it yet. */
    setReturnArrays(enabled: boolean): void;
  }
}

/** Prepares a statement whose rows come as lists, which are much cheaper than objects. */
function rows(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** Prepares all statements. */
export function prepareStatements(database: DatabaseSync) {
  return {
    begin: database.prepare("begin"),
    // Takes the write lock at once: a read that turns into a write cannot wait for it.
    beginWrite: database.prepare("begin immediate"),
    commit: database.prepare("commit"),
    rollback: database.prepare("rollback"),

    find: rows(
      database,
      `select value, stored_at, expires_at, touched_at, id
       from entry
       where category = ? and key = ? and scope = ?`,
    ),
    findScopes: rows(
      database,
      `select value, stored_at, expires_at, scope
       from entry
       where category = ? and key = ?
       order by stored_at desc, touched_at desc`,
    ),
    store: database.prepare(
      `insert into entry
         (category, key, scope, value, size, stored_at, expires_at, touched_at)
       values (?1, ?2, ?3, ?4, octet_length(?2) + octet_length(?3) + octet_length(?4), ?5, ?6, ?7)
       on conflict (category, key, scope) do update set
         value = excluded.value,
         size = excluded.size,
         stored_at = excluded.stored_at,
         expires_at = excluded.expires_at,
         touched_at = excluded.touched_at`,
    ),
    removeAll: database.prepare("delete from entry"),
    removeOne: database.prepare("delete from entry where category = ? and key = ? and scope = ?"),

    // Another process may have marked it later.
    touch: database.prepare("update entry set touched_at = ?1 where id = ?2 and touched_at < ?1"),
    // Where the clock was set back, later marks would outlive everything.
    untouchFuture: database.prepare("update entry set touched_at = ?1 where touched_at > ?2"),
    oldest: rows(database, "select id, size from entry order by touched_at, id limit 64"),
    removeById: database.prepare("delete from entry where id = ?"),

    totalBytes: rows(database, "select coalesce(sum(bytes), 0) from total"),
    totals: database.prepare("select category, entries, bytes, hits, misses from total"),
    addCounts: database.prepare(
      `insert into total (category, hits, misses)
       values (?, ?, ?)
       on conflict (category) do update set
         hits = hits + excluded.hits,
         misses = misses + excluded.misses`,
    ),
    removeTotals: database.prepare("delete from total"),
  };
}

/** The prepared statements of a cache. */
export type CacheStatements = ReturnType<typeof prepareStatements>;
