/** Issues by their keys: from the cache where they are, from Jira where they are not. */

import { ConfigurationError, ExitCode, getLogger, type OpsdeckError } from "../../core/mod.ts";
import type { BatchProgress } from "../batcher/request_batcher.ts";
import { concurrencyRange, requireWhole } from "../batcher/require_whole.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { askIssues } from "./ask_issues.ts";
import { CachedIssues, type IssueCache } from "./cached_issues.ts";
import { issueView } from "./issue_view.ts";
import { isIssue, issueName, type IssueResult, type JiraIssue } from "./jira_issue.ts";

/** How issues are fetched. */
export interface BatchFetchOptions {
  /** Called with the keys that are settled and with all. */
  onProgress?: BatchProgress | undefined;
  /** Where issues are looked for first and stored. Defaults to no cache. */
  cache?: IssueCache | undefined;
  /** The fields to ask for. Defaults to `*navigable`, Jira's own default for a bulk fetch. */
  fields?: readonly string[] | undefined;
  /** What to expand, such as `changelog`. Defaults to nothing. */
  expand?: readonly string[] | undefined;
  /** Takes issues past their time from the cache where Jira cannot be reached. Defaults to false. */
  allowStale?: boolean | undefined;
  /** The most requests at once, from 1 to 1000. Defaults to 10. */
  maxConcurrent?: number | undefined;
  /** Aborted to ask no more: what is on its way is finished, the rest has an `error`. */
  signal?: AbortSignal | undefined;
}

/** What a fetch gave, and what it took. */
export interface IssueFetch {
  /** Every key as it was asked for, in that order and once, with its issue or why there is none. */
  issues: Map<string, IssueResult>;
  /** Keys that came from the cache in time. */
  hits: number;
  /** Keys that were not in the cache. */
  misses: number;
  /** Round trips to Jira. */
  calls: number;
  /** Keys that Jira has no issue for, or none that this login may see. */
  missing: string[];
  /** The age in milliseconds of those that came from the cache although they are past their time. */
  stale: Map<string, number>;
  /** Why keys could not be asked for, the worst of it; undefined when all could. */
  failure?: OpsdeckError;
}

/**
 * Fetches issues and gives them by key (reference: jira, batch_fetch_issues): every key that was
 * asked for, in that order and once, with its issue or with `{ error }`.
 *
 * With a cache only the misses are asked for, with ⌈misses / 100⌉ calls on Cloud (⌈misses / 1000⌉
 * where Jira allows it), and put into the cache. A moved issue is given under the key that was
 * asked for and carries its new one. Names are keys in any case, and ids.
 *
 * @throws ValidationError when `maxConcurrent` is out of its range.
 * @throws ConfigurationError (exit code 2) when the login is refused.
 * @throws NetworkError, RateLimitError (exit code 4) and ValidationError when nothing at all could
 * be fetched because of it. When only a part could not, that part has an `error`.
 * @throws CacheDatabaseError (exit code 3) when the cache cannot be read.
 */
export async function batchFetchIssues(
  client: JiraClient,
  keys: readonly string[],
  options: BatchFetchOptions = {},
): Promise<Map<string, IssueResult>> {
  const { issues, failure } = await fetchIssues(client, keys, options);
  const isNothing = [...issues.values()].every((result) => !isIssue(result));
  if (failure !== undefined && isNothing && failure.code !== "CANCELLED") throw failure;
  return issues;
}

/**
 * Does what {@link batchFetchIssues} does and tells what it took. It throws only for wrong options, a
 * refused login and the cache; other failures are in its result.
 */
export async function fetchIssues(
  client: JiraClient,
  keys: readonly string[],
  options: BatchFetchOptions = {},
): Promise<IssueFetch> {
  const { maxConcurrent = 10 } = options;
  requireWhole("fetch issues", "maxConcurrent", maxConcurrent, concurrencyRange);
  return await new Fetch(client, keys, options).run();
}

class Fetch {
  readonly #client: JiraClient;
  readonly #options: BatchFetchOptions;
  /** Each key as asked for, with its one form; undefined for what is no key. */
  readonly #asked: Map<string, string | undefined>;
  readonly #results = new Map<string, IssueResult>();
  /** How many of the keys asked for have each name. */
  readonly #keysOf = new Map<string, number>();
  /** Keys that are settled; what is no key is so from the beginning. */
  #settled = 0;
  readonly #cached: CachedIssues;
  readonly #fetch: IssueFetch = {
    issues: new Map(),
    hits: 0,
    misses: 0,
    calls: 0,
    missing: [],
    stale: new Map(),
  };

  constructor(client: JiraClient, keys: readonly string[], options: BatchFetchOptions) {
    this.#client = client;
    this.#options = options;
    this.#asked = new Map(keys.map((key) => [key, issueName(key)]));
    for (const name of this.#asked.values()) {
      if (name === undefined) this.#settled++;
      else this.#keysOf.set(name, (this.#keysOf.get(name) ?? 0) + 1);
    }
    const view = issueView(options.fields, options.expand);
    this.#cached = new CachedIssues(options.cache, client.identity, view);
  }

  async run(): Promise<IssueFetch> {
    const names = [...this.#keysOf.keys()];
    const hits = this.#cached.read(names);
    for (const [name, { issue }] of hits) this.#settle(name, issue);
    const misses = names.filter((name) => !hits.has(name));
    this.#fetch.hits = hits.size;
    this.#fetch.misses = misses.length;
    this.#progress();
    if (misses.length > 0) await this.#ask(misses);
    for (const [key, name] of this.#asked) {
      this.#fetch.issues.set(key, this.#resultOf(key, name));
    }
    return this.#fetch;
  }

  async #ask(misses: readonly string[]): Promise<void> {
    const failed: [string, OpsdeckError][] = [];
    await askIssues(this.#client, misses, {
      view: this.#cached.view,
      maxConcurrent: this.#options.maxConcurrent,
      signal: this.#options.signal,
      onCalls: (count) => this.#fetch.calls += count,
      onFound: (found) => this.#take(found),
      onMissing: (names) => {
        for (const name of names) {
          const error = `${name} does not exist, or this login may not see it`;
          this.#settle(name, { error });
          this.#fetch.missing.push(name);
        }
        this.#progress();
      },
      onFailed: (names, failure) => {
        for (const name of names) failed.push([name, failure]);
      },
    });
    this.#settleFailed(failed);
  }

  #take(found: ReadonlyMap<string, JiraIssue>): void {
    for (const [name, issue] of found) this.#settle(name, issue);
    try {
      this.#cached.write(found);
    } catch (error) {
      // What was fetched is worth more than a cache that cannot take it.
      getLogger("jira").warning("Issues were not cached: {reason}", {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
    this.#progress();
  }

  #settleFailed(failed: readonly (readonly [string, OpsdeckError])[]): void {
    const unreachable = failed.flatMap(([name, { exitCode }]) =>
      exitCode === ExitCode.network ? [name] : []
    );
    const { allowStale = false } = this.#options;
    const stale = this.#cached.read(allowStale ? unreachable : [], {
      allowStale: true,
      peek: true,
    });
    for (const [name, failure] of failed) {
      if (failure instanceof ConfigurationError) throw failure;
      const old = stale.get(name);
      if (old === undefined) {
        this.#settle(name, { error: failure.message });
        this.#fetch.failure = worse(this.#fetch.failure, failure);
      } else {
        this.#settle(name, old.issue);
        this.#fetch.stale.set(name, old.ageMs);
      }
    }
    this.#progress();
  }

  #resultOf(key: string, name: string | undefined): IssueResult {
    if (name === undefined) {
      return { error: `${JSON.stringify(key)} is neither a key such as PROJ-1 nor an id` };
    }
    return this.#results.get(name) ?? { error: `Jira said nothing of ${name}` };
  }

  #settle(name: string, result: IssueResult): void {
    if (!this.#results.has(name)) this.#settled += this.#keysOf.get(name) ?? 0;
    this.#results.set(name, result);
  }

  #progress(): void {
    this.#options.onProgress?.(this.#settled, this.#asked.size);
  }
}

function worse(known: OpsdeckError | undefined, failure: OpsdeckError): OpsdeckError {
  if (known === undefined || known.code === "CANCELLED") return failure;
  return failure.exitCode === ExitCode.network ? failure : known;
}
