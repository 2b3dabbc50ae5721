/** The `cache` commands: `stats`, `get`, `invalidate`, `clear`, `repair`. */

import { OpsdeckError, ValidationError } from "../../core/errors/mod.ts";
import type { CacheEntry } from "./cache_entry.ts";
import { defaultCachePath } from "./cache_options.ts";
import { readCacheSettings } from "./cache_settings.ts";
import { removedText, repairText, staleText, statsText } from "./cache_text.ts";
import { JiraCache } from "./jira_cache.ts";
import { repairCache } from "./repair_cache.ts";

/** The options of all `cache` commands; each refuses those that are not its own. */
export interface CacheCommandOptions {
  /** `get`, `invalidate`: the category. */
  category: string | undefined;
  /** `invalidate`: exactly this key. */
  key: string | undefined;
  /** `invalidate`: the keys that match. */
  pattern: string | undefined;
  /** `get`: an entry past its time will do. */
  allowStale: boolean;
  /** `invalidate`, `clear`, `repair`: only says what would be done. */
  dryRun: boolean;
}

/** What a command found or did. */
export interface CacheCommandResult {
  /** For a program. */
  document: unknown;
  /** For a person. */
  text: string;
  /** What a person should know besides. */
  note?: string;
}

interface Action {
  /** The options that it has. */
  takes: readonly (keyof CacheCommandOptions)[];
  /** Whether a key follows its name. */
  takesKey?: boolean;
  run(
    options: CacheCommandOptions,
    key: string,
    signal: AbortSignal,
  ): CacheCommandResult | Promise<CacheCommandResult>;
}

const actions: Readonly<Record<string, Action>> = {
  stats: { takes: [], run: stats },
  get: { takes: ["category", "allowStale"], takesKey: true, run: get },
  invalidate: { takes: ["category", "key", "pattern", "dryRun"], run: invalidate },
  clear: { takes: ["dryRun"], run: clear },
  repair: { takes: ["dryRun"], run: repair },
};

/**
 * Does what the words after `cache` say.
 *
 * @throws ValidationError when they name no command, or one that does not take the options given
 * @throws OpsdeckError (exit code 1) when `get` finds nothing
 * @throws CacheDatabaseError (exit code 3) when the cache cannot be used
 */
export async function runCacheCommand(
  words: readonly string[],
  options: CacheCommandOptions,
  signal: AbortSignal,
): Promise<CacheCommandResult> {
  const [name = "", ...rest] = words;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const what = name === "" ? "cache needs a command" : `unknown command "cache ${name}"`;
    throw usage(`${what}; commands are ${Object.keys(actions).join(", ")}`);
  }
  const [key = "", ...others] = action.takesKey ? rest : ["", ...rest];
  if (action.takesKey && key === "") throw usage(`cache ${name} needs a KEY`);
  if (others.length > 0) throw usage(`unexpected argument "${others[0]}" of cache ${name}`);
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    if (action.takes.some((taken) => taken === option)) continue;
    throw usage(
      `cache ${name} takes no --${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    );
  }
  return await action.run(options, key, signal);
}

function stats(): CacheCommandResult {
  const { maxBytes, ttl } = readCacheSettings();
  using cache = new JiraCache({ maxBytes, ttl });
  const stats = cache.getStats();
  return {
    document: { path: cache.path, max_bytes: maxBytes, ...stats },
    text: statsText(stats, maxBytes),
  };
}

function get({ category = "issue", allowStale }: CacheCommandOptions, key: string) {
  using cache = new JiraCache();
  const entries = cache.findScopes(key, category);
  const entry = entries.find(({ isStale }) => !isStale) ?? (allowStale ? entries[0] : undefined);
  if (entry === undefined) throw notFound(key, category, entries[0]);
  const { value, scope, storedAt, expiresAt, ageMs, isStale } = entry;
  const document = {
    key,
    category,
    scope,
    stored_at: new Date(storedAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    age_ms: ageMs,
    is_stale: isStale,
    entries: entries.length,
    value,
  };
  return {
    document,
    text: JSON.stringify(value, null, 2),
    ...(isStale ? { note: staleText(ageMs) } : {}),
  };
}

function notFound(key: string, category: string, stale: CacheEntry | undefined): OpsdeckError {
  const remedy = stale === undefined
    ? "nothing is stored under it"
    : "the one that is stored is stale: --allow-stale shows it";
  return new OpsdeckError(`Cannot find "${key}" of the category ${category}: ${remedy}`, {
    code: "NOT_CACHED",
    context: { key, category },
  });
}

function invalidate({ key, pattern, category, dryRun }: CacheCommandOptions): CacheCommandResult {
  using cache = new JiraCache();
  return removal(cache.invalidate({ key, pattern, category }, { dryRun }), dryRun);
}

function clear({ dryRun }: CacheCommandOptions): CacheCommandResult {
  using cache = new JiraCache();
  return removal(cache.clear({ dryRun }), dryRun);
}

function removal(removed: number, dryRun: boolean): CacheCommandResult {
  return { document: { removed, dry_run: dryRun }, text: removedText(removed, dryRun) };
}

async function repair(
  { dryRun }: CacheCommandOptions,
  _key: string,
  signal: AbortSignal,
): Promise<CacheCommandResult> {
  const report = await repairCache(defaultCachePath(), { dryRun, signal });
  return { document: { ...report, dry_run: dryRun }, text: repairText(report) };
}

function usage(message: string): ValidationError {
  return new ValidationError(message, { code: "USAGE" });
}
