/** Many requests in parallel, with the results in the order in which they were added. */

import type { JiraClient } from "../client/jira_client.ts";
import { checkRequest } from "../client/check_request.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import { resolveEndpoint } from "../client/site_url.ts";
import type { BatchResult } from "./batch_result.ts";
import { dispatchRequests } from "./dispatch_requests.ts";
import { concurrencyRange, requireWhole } from "./require_whole.ts";

/** Hears how many requests have ended, and how many there are. */
export type BatchProgress = (completed: number, total: number) => void;

/** What a {@link RequestBatcher} can be told. */
export interface RequestBatcherOptions {
  /** The most requests at once, from 1 to 1000. Defaults to 10. */
  maxConcurrent?: number;
  /** How often a request is sent again after a failure: 0 or more. Defaults to 3. */
  maxRetries?: number;
}

/** How a batch is executed. */
export interface ExecuteOptions {
  /** Called when a request has ended. */
  onProgress?: BatchProgress | undefined;
  /** Aborted to send nothing more: what is on its way is finished, the rest is `cancelled`. */
  signal?: AbortSignal | undefined;
}

/**
 * Executes requests in parallel (reference: jira, RequestBatcher).
 *
 * Requests wait for the rate limits that concern them, as long as `JIRA_MAX_WAIT_SECONDS`. Identical
 * GETs are sent once. What only reads is sent again after a failure that may pass; a write is sent
 * again only when it certainly was not done, and otherwise ends as `uncertain`.
 *
 * ```ts ignore
 * using client = openJiraClient();
 * const batcher = new RequestBatcher(client, { maxConcurrent: 5 });
 * const id = batcher.add("GET", "/rest/api/3/issue/PROJ-1");
 * const results = await batcher.execute();
 * if (results.get(id)?.success) console.log(results.get(id)?.data);
 * ```
 */
export class RequestBatcher {
  readonly #client: JiraClient;
  readonly #maxConcurrent: number;
  readonly #maxRetries: number;
  #queued: { id: string; request: JiraRequest }[] = [];
  #lastId = 0;

  /**
   * Makes an empty batch.
   *
   * @throws ValidationError when an option is out of its range
   */
  constructor(client: JiraClient, options: RequestBatcherOptions = {}) {
    const { maxConcurrent = 10, maxRetries = 3 } = options;
    requireWhole("make a batch", "maxConcurrent", maxConcurrent, concurrencyRange);
    requireWhole("make a batch", "maxRetries", maxRetries, { min: 0, max: 100 });
    this.#client = client;
    this.#maxConcurrent = maxConcurrent;
    this.#maxRetries = maxRetries;
  }

  /** How many requests wait to be executed. */
  get size(): number {
    return this.#queued.length;
  }

  /**
   * Adds a request and gives its id.
   *
   * @param method GET, POST, PUT, DELETE or PATCH, in any case
   * @param endpoint a path on the configured site, such as `/rest/api/3/issue/PROJ-1`
   * @param data the body, as JSON; not for a GET
   * @throws ValidationError for another method, an endpoint elsewhere, or a GET with data
   */
  add(method: string, endpoint: string, data?: unknown): string {
    const request = checkRequest(this.#client.site, method, endpoint, data);
    const id = `request-${++this.#lastId}`;
    this.#queued.push({ id, request });
    return id;
  }

  /**
   * Sends all requests that were added, and gives their results by id in the order of adding. What
   * fails is in its result; nothing is thrown for it. The batch is empty afterwards.
   */
  async execute(options: ExecuteOptions = {}): Promise<Map<string, BatchResult>> {
    const queued = this.#queued;
    this.#queued = [];
    const groups = mergeIdentical(this.#client.site, queued);
    const results = new Map<string, BatchResult>();
    await dispatchRequests(this.#client, groups.map(({ request }) => request), {
      maxConcurrent: this.#maxConcurrent,
      maxRetries: this.#maxRetries,
      signal: options.signal,
      onSettled: (index, { result }) => {
        for (const id of groups[index]?.ids ?? []) {
          results.set(id, result);
          options.onProgress?.(results.size, queued.length);
        }
      },
    });
    return new Map(queued.flatMap(({ id }) => {
      const result = results.get(id);
      return result === undefined ? [] : [[id, result] as const];
    }));
  }

  /** The same as {@link execute}, under the reference's name; in TypeScript it is asynchronous. */
  executeSync(options: ExecuteOptions = {}): Promise<Map<string, BatchResult>> {
    return this.execute(options);
  }
}

interface Group {
  ids: string[];
  request: JiraRequest;
}

function mergeIdentical(
  site: URL,
  queued: readonly { id: string; request: JiraRequest }[],
): Group[] {
  const groups: Group[] = [];
  const gets = new Map<string, Group>();
  for (const { id, request } of queued) {
    const address = request.method === "GET" ? resolveEndpoint(site, request.endpoint).href : id;
    const known = gets.get(address);
    if (known !== undefined) {
      known.ids.push(id);
      continue;
    }
    const group = { ids: [id], request };
    gets.set(address, group);
    groups.push(group);
  }
  return groups;
}
