/** The cache of a fetch. */

import { ValidationError } from "../../core/mod.ts";
import { JiraCache, readCacheSettings } from "../cache/mod.ts";

/**
 * Opens the cache with the settings of a profile; undefined when it is not to be used.
 *
 * @throws ValidationError when stale issues are asked for without it
 * @throws CacheDatabaseError (exit code 3) when it cannot be used
 */
export function openIssueCache(
  { isUsed, allowStale, profile }: {
    isUsed: boolean;
    allowStale: boolean;
    profile: string | undefined;
  },
): JiraCache | undefined {
  if (!isUsed && allowStale) {
    throw new ValidationError("--allow-stale takes issues from the cache, and --cache is off", {
      code: "USAGE",
    });
  }
  if (!isUsed) return undefined;
  const { maxBytes, ttl } = readCacheSettings(profile);
  return new JiraCache({ maxBytes, ttl });
}
