/** How values are stored, read and removed, and what an entry is. */

import { brokenCache } from "./cache_error.ts";
import type { JsonValue } from "./json_text.ts";

/** What a value depends on besides its key. */
export interface ScopeOptions {
  /**
   * Site, account, fields: entries of one key and different scopes stand beside each other.
   * Defaults to none.
   */
  scope?: string | undefined;
}

/** How a value is stored. */
export interface CacheWriteOptions extends ScopeOptions {
  /** How long it is fresh, in milliseconds, in the place of its category's time. */
  ttlMs?: number | undefined;
}

/** How a value is read. */
export interface CacheReadOptions extends ScopeOptions {
  /** Gives a stale value too, for when Jira cannot be reached. Defaults to false. */
  allowStale?: boolean | undefined;
  /** Looks without being counted or marking the entry as used. Defaults to false. */
  peek?: boolean | undefined;
}

/** A value with its times. */
export interface CacheEntry {
  /** What was stored. */
  value: JsonValue;
  /** What it depends on besides its key. */
  scope: string;
  /** When it was stored, in Unix milliseconds. */
  storedAt: number;
  /** From when on it is stale, in Unix milliseconds. */
  expiresAt: number;
  /** How long ago it was stored, in milliseconds; 0 when the clock was set back since. */
  ageMs: number;
  /** Whether its time is over, or has not come as the clock was set back. */
  isStale: boolean;
}

/** How entries are removed. */
export interface RemoveOptions {
  /** Counts, and removes nothing. Defaults to false. */
  dryRun?: boolean | undefined;
}

/**
 * Makes an entry of a row that begins with value, stored_at and expires_at.
 *
 * @throws CacheDatabaseError when the row's value is not what was stored
 */
export function toEntry(
  row: readonly unknown[],
  scope: string,
  now: number,
  path: string,
): CacheEntry {
  const [text, stored, expires] = row;
  const storedAt = Number(stored);
  const expiresAt = Number(expires);
  return {
    value: parseValue(text, path),
    scope,
    storedAt,
    expiresAt,
    ageMs: Math.max(0, now - storedAt),
    isStale: !isFresh(storedAt, expiresAt, now),
  };
}

/** Whether a value may be used; one from the future may not, as its age is not known. */
export function isFresh(storedAt: number, expiresAt: number, now: number): boolean {
  return storedAt <= now && now < expiresAt;
}

function parseValue(text: unknown, path: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(String(text));
    return value;
  } catch (cause) {
    throw brokenCache(path, "CACHE_CORRUPT", cause);
  }
}
