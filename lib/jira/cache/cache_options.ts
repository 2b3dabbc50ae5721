/** How a cache is opened, and what holds where nothing is said. */

import { join } from "node:path";
import { opsdeckHome } from "../../core/config/mod.ts";
import { ValidationError } from "../../core/errors/mod.ts";

/** The reference's categories. A cache takes others too, when `ttl` names them. */
export type CacheCategory = "issue" | "project" | "user" | "field" | "search";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long an entry of a category is fresh, in milliseconds, where nothing else is said. */
export const defaultTtlMs: Readonly<Record<CacheCategory, number>> = {
  issue: 5 * minuteMs,
  project: hourMs,
  user: hourMs,
  field: 24 * hourMs,
  search: minuteMs,
};

/** The size to which a cache may grow where nothing else is said: 256 MiB. */
export const defaultMaxBytes: number = 256 * 2 ** 20;

/** How long a write waits for another process's where nothing else is said. */
export const defaultBusyTimeoutMs = 5_000;

/** How a {@link JiraCache} is opened; every field has a default. */
export interface JiraCacheOptions {
  /** The file. Defaults to `jira/cache.sqlite` in `OPSDECK_HOME`; its folder is made. */
  path?: string | undefined;
  /**
   * The size that keys and values together may have, in bytes of UTF-8. What was used least
   * recently makes room. The file is somewhat larger. Defaults to 256 MiB.
   */
  maxBytes?: number | undefined;
  /**
   * How long entries of a category are fresh, in milliseconds; 0 keeps them as stale only. What is
   * not named keeps its default: issue 5 minutes, project and user 1 hour, field 24 hours, search
   * 1 minute. Other names add categories.
   */
  ttl?: Readonly<Record<string, number>> | undefined;
  /**
   * An entry that is read counts as used just now; this is written down only when the last such
   * mark is older than this, in milliseconds, as otherwise every read would be a write. Within that
   * time entries count as used equally recently. Defaults to 60000; 0 marks every read.
   */
  touchAfterMs?: number | undefined;
  /** How long a write waits for another process's, in milliseconds. Defaults to 5000. */
  busyTimeoutMs?: number | undefined;
  /** Gives the time in Unix milliseconds. Defaults to `Date.now`. */
  clock?: (() => number) | undefined;
}

/** Checked options with their defaults. */
export interface CacheLimits {
  maxBytes: number;
  ttlMs: ReadonlyMap<string, number>;
  touchAfterMs: number;
  busyTimeoutMs: number;
}

/** Gives the file in which the cache is unless it is told another one. */
export function defaultCachePath(): string {
  return join(opsdeckHome(), "jira", "cache.sqlite");
}

/**
 * Checks a cache's limits and puts the defaults in.
 *
 * @throws ValidationError when one of them is no such number.
 */
export function cacheLimits(options: JiraCacheOptions): CacheLimits {
  const { maxBytes = defaultMaxBytes, ttl = {} } = options;
  const { touchAfterMs = minuteMs, busyTimeoutMs = defaultBusyTimeoutMs } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new ValidationError(
      `Cannot open the cache as maxBytes must be a whole number of at least 1: it is ${maxBytes}`,
    );
  }
  checkDuration(touchAfterMs, "touchAfterMs");
  checkDuration(busyTimeoutMs, "busyTimeoutMs");
  const ttlMs = new Map(Object.entries({ ...defaultTtlMs, ...ttl }));
  for (const [category, ms] of ttlMs) checkDuration(ms, `the time to live of "${category}"`);
  return { maxBytes, ttlMs, touchAfterMs, busyTimeoutMs };
}

/**
 * Gives how long entries of a category are fresh, in milliseconds.
 *
 * @throws ValidationError when the cache has no such category
 */
export function ttlOf({ ttlMs }: CacheLimits, category: string): number {
  const ms = ttlMs.get(category);
  if (ms !== undefined) return ms;
  throw new ValidationError(
    `Cannot use the category "${category}" as it must be one of ${[...ttlMs.keys()].join(", ")}; ` +
      "the option ttl adds others",
  );
}

// A thousand centuries: with it added, every time is still a safe integer.
const longestMs = 3.2e15;

/** @throws ValidationError when a duration is negative, infinite or not a number */
export function checkDuration(ms: number, what: string): void {
  if (ms >= 0 && ms <= longestMs) return;
  throw new ValidationError(
    `Cannot use the cache as ${what} must be from 0 to ${longestMs} ms: it is ${ms}`,
  );
}
