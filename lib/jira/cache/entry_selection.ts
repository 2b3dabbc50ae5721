/** Which entries are meant: by key, pattern and category. */

import type { DatabaseSync } from "node:sqlite";
import { ValidationError } from "../../core/errors/mod.ts";
import { checkKey, checkPattern } from "./cache_key.ts";

/** Entries that meet all the conditions given. */
export interface EntrySelection {
  /** Entries of exactly this key, whatever is in it. */
  key?: string | undefined;
  /**
   * Entries whose key matches: `*` stands for any text, an empty one too, `?` for one character,
   * and everything else for itself, `[` and `\` among it. Case counts.
   */
  pattern?: string | undefined;
  /** Entries of this category. */
  category?: string | undefined;
}

/** SQLite's limit of a pattern: https://www.sqlite.org/limits.html */
const maxPatternBytes = 50_000;

/**
 * Counts the entries of a selection, and removes them unless `dryRun`; gives their number.
 *
 * @throws ValidationError when nothing selects, or the pattern is too long.
 */
export function removeSelected(
  database: DatabaseSync,
  { key, pattern, category }: EntrySelection,
  dryRun: boolean,
): number {
  if (key !== undefined) checkKey(key);
  if (pattern !== undefined) checkPattern(pattern);
  const conditions: string[] = [];
  const values: string[] = [];
  // Every category's name lets the index find keys where none is given.
  const add = (condition: string, value: string) => {
    conditions.push(condition);
    values.push(value);
  };
  if (category === undefined) conditions.push("category in (select category from total)");
  else add("category = ?", category);
  if (key !== undefined) add("key = ?", key);
  if (pattern !== undefined) add("key glob ?", globOf(pattern));
  if (values.length === 0) {
    throw new ValidationError(
      "Cannot invalidate as nothing says what: give a key, a pattern or a category, " +
        "or clear the whole cache",
    );
  }
  const where = conditions.join(" and ");
  if (!dryRun) {
    return Number(database.prepare(`delete from entry where ${where}`).run(...values).changes);
  }
  const row = database.prepare(`select count(*) as total from entry where ${where}`).get(...values);
  return Number(row?.["total"]);
}

/** In SQLite's GLOB `[` begins a class of characters, so it stands in a class of its own. */
function globOf(pattern: string): string {
  const glob = pattern.replaceAll("[", "[[]");
  const bytes = new TextEncoder().encode(glob).length;
  if (bytes <= maxPatternBytes) return glob;
  throw new ValidationError(
    `Cannot invalidate by the pattern as it must be at most ${maxPatternBytes} bytes, ` +
      `each [ counted as three: it is ${bytes}; give a shorter one`,
  );
}
