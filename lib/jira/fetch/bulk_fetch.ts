/** Asking Jira Cloud for many issues at a time: `POST /rest/api/3/issue/bulkfetch`. */

import { NetworkError, type OpsdeckError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import { askOneByOne } from "./ask_one_by_one.ts";
import { type AskOptions, sendCounted } from "./ask_options.ts";
import { bulkFetchLimit, type IssueView } from "./issue_view.ts";
import { field, type JiraIssue, readIssues } from "./jira_issue.ts";
import { matchIssues, possibleAliases } from "./match_issues.ts";

const smallestLimit = 100;
const maxRounds = 3;

/** Sites that know no more than 100 issues at a time; learned from a 400. */
const onlySmall = new WeakSet<JiraClient>();

/** Gives how many names a call may ask for on a site. */
export function limitFor(client: JiraClient, view: IssueView): number {
  return onlySmall.has(client) ? smallestLimit : bulkFetchLimit(view);
}

/** One bulk fetch, which may take several rounds. */
export class BulkFetch {
  readonly #client: JiraClient;
  readonly #options: AskOptions;
  readonly #found: JiraIssue[] = [];
  #missing: string[] = [];
  #oneByOne: string[] = [];

  /** Makes a fetch that has asked nothing yet. */
  constructor(client: JiraClient, options: AskOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Asks for the names and reports each of them. */
  async ask(names: readonly string[]): Promise<void> {
    await this.#askAll(names);
    const again = possibleAliases(this.#missing, this.#found);
    const isAlias = new Set(again);
    const missing = this.#missing.filter((name) => !isAlias.has(name));
    this.#missing = [];
    if (again.length > 0) await this.#askAll(again);
    missing.push(...this.#missing);
    if (missing.length > 0) this.#options.onMissing(missing);
    if (this.#oneByOne.length > 0) {
      await askOneByOne(this.#client, this.#oneByOne, this.#options);
    }
  }

  async #askAll(names: readonly string[]): Promise<void> {
    const limit = limitFor(this.#client, this.#options.view);
    if (limit === smallestLimit || names.length <= smallestLimit) {
      await this.#askChunks(names, smallestLimit);
      return;
    }
    // The first call finds out whether the server knows the larger number.
    const first = names.slice(0, limit);
    const isRefused = await this.#askChunks(first, limit, { isProbe: true });
    const rest = isRefused ? names : names.slice(limit);
    await this.#askChunks(rest, limitFor(this.#client, this.#options.view));
  }

  /** Asks in chunks; tells whether a probe was refused for its size. */
  async #askChunks(
    names: readonly string[],
    size: number,
    { isProbe = false, round = 1 } = {},
  ): Promise<boolean> {
    const chunks = toChunks(names, size);
    const again: { names: string[]; reason: string }[] = [];
    let isRefused = false;
    const { view } = this.#options;
    const requests = chunks.map((chunk) => bulkRequest(chunk, view));
    await sendCounted(this.#client, requests, this.#options, (index, { result, failure }) => {
      const chunk = chunks[index] ?? [];
      if (result.success) again.push(...this.#take(chunk, result.data));
      else if (isProbe && result.status === 400) {
        onlySmall.add(this.#client);
        isRefused = true;
      } else if (result.status === 404 || result.status === 405) {
        this.#oneByOne.push(...chunk);
      } else if (failure !== undefined) this.#options.onFailed(chunk, failure);
    });
    for (const { names, reason } of again) {
      if (round < maxRounds) {
        const half = Math.max(1, Math.ceil(names.length / 2));
        await this.#askChunks(names, half, { round: round + 1 });
      } else this.#options.onFailed(names, withheld(reason));
    }
    return isRefused;
  }

  /** Reports what an answer holds; gives the names that Jira asks to be asked for again. */
  #take(
    chunk: readonly string[],
    data: unknown,
  ): { names: string[]; reason: string }[] {
    const { found, missing, unclear } = matchIssues(chunk, readIssues(data));
    this.#found.push(...found.values());
    if (found.size > 0) this.#options.onFound(found);
    // One by one, Jira says which name leads to which issue.
    this.#oneByOne.push(...unclear);
    const reason = issueErrorReason(data);
    if (reason !== undefined && missing.length > 0) return [{ names: missing, reason }];
    this.#missing.push(...missing);
    return [];
  }
}

function bulkRequest(names: readonly string[], { fields, expand }: IssueView): JiraRequest {
  return {
    method: "POST",
    endpoint: "/rest/api/3/issue/bulkfetch",
    data: { issueIdsOrKeys: names, fields, ...(expand.length === 0 ? {} : { expand }) },
  };
}

/** `issueErrors` holds errors that may pass and limits of size; missing issues are not in it. */
function issueErrorReason(data: unknown): string | undefined {
  const errors = field(data, "issueErrors");
  if (!Array.isArray(errors) || errors.length === 0) return undefined;
  const message = field(errors[0], "errorMessage");
  return typeof message === "string" ? message : "no reason given";
}

function withheld(reason: string): OpsdeckError {
  return new NetworkError(`Cannot fetch the issue as Jira withheld it: ${reason}; try again`, {
    code: "JIRA_WITHHELD",
  });
}

function toChunks(names: readonly string[], size: number): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < names.length; at += size) chunks.push(names.slice(at, at + size));
  return chunks;
}
