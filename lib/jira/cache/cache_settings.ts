/** The cache's settings, from the configuration. */

import { ConfigManager, readSettings } from "../../core/config/mod.ts";
import { ConfigurationError } from "../../core/errors/mod.ts";
import { parseDurationMs } from "../../core/command_line/mod.ts";
import { defaultMaxBytes, defaultTtlMs } from "./cache_options.ts";

/** The settings of a cache, which are options of `JiraCache` too. */
export interface CacheSettings {
  /** `JIRA_CACHE_MAX_BYTES`. Defaults to 256 MiB. */
  maxBytes: number;
  /** `JIRA_CACHE_TTL_ISSUE` and its like by category, in milliseconds. */
  ttl: Record<string, number>;
}

/**
 * Reads the settings of the cache: `JIRA_CACHE_MAX_BYTES`, and `JIRA_CACHE_TTL_ISSUE`, `…_PROJECT`,
 * `…_USER`, `…_FIELD`, `…_SEARCH` as durations such as `90s`, `10m` or `1.5h` (`0s` keeps entries
 * as stale only). With a profile, its own settings come first.
 *
 * @throws ConfigurationError that names every setting with a bad value
 */
export function readCacheSettings(profile?: string): CacheSettings {
  const config = new ConfigManager(profile);
  const ttl = () =>
    readSettings(Object.fromEntries(
      Object.entries(defaultTtlMs).map(([category, ms]) => [
        category,
        () => readDuration(config, `JIRA_CACHE_TTL_${category.toUpperCase()}`, ms),
      ]),
    ));
  return readSettings({
    maxBytes: () =>
      config.getVariable("JIRA_CACHE_MAX_BYTES", defaultMaxBytes, { min: 1, integer: true }),
    ttl,
  });
}

function readDuration(config: ConfigManager, key: string, fallbackMs: number): number {
  const meaning = { type: "duration such as 90s", defaultText: `${fallbackMs / 1000}s` };
  const setting = config.lookup(key, { meaning });
  if (setting === undefined) return fallbackMs;
  const ms = parseDurationMs(setting.value);
  if (ms !== undefined) return ms;
  throw new ConfigurationError(
    `Cannot use ${setting.source} as it must be a duration such as 90s, 10m, 1.5h or 30d: ` +
      `it is ${JSON.stringify(setting.value)}; correct it or unset it`,
    { context: { setting: setting.source, value: setting.value } },
  );
}
