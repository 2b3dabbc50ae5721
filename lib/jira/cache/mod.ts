/** The cache of Jira's answers. The `cache` commands import this alone, as they need no client. */

export type {
  CacheEntry,
  CacheReadOptions,
  CacheWriteOptions,
  RemoveOptions,
  ScopeOptions,
} from "./cache_entry.ts";
export {
  type CacheCategory,
  defaultCachePath,
  defaultMaxBytes,
  defaultTtlMs,
  type JiraCacheOptions,
} from "./cache_options.ts";
export type { CacheCounts, CacheStats } from "./cache_stats.ts";
export type { EntrySelection } from "./entry_selection.ts";
export { JiraCache } from "./jira_cache.ts";
export type { JsonValue } from "./json_text.ts";
export {
  type CacheCommandOptions,
  type CacheCommandResult,
  runCacheCommand,
} from "./cache_command.ts";
export { cachePermissions } from "./cache_permissions.ts";
export { type CacheSettings, readCacheSettings } from "./cache_settings.ts";
export { repairCache, type RepairOptions, type RepairReport } from "./repair_cache.ts";
