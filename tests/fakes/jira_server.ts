/**
 * A Jira on loopback that enforces the rules of the real one (Cloud or Data Center) and counts what
 * it was asked.
 */

import { bulkFetch } from "./jira_server_bulk_fetch.ts";
import { JiraData, type JiraDataOptions } from "./jira_server_data.ts";
import { type BurstLimit, BurstLimiter } from "./jira_server_limiter.ts";
import { errorAnswer, jsonAnswer } from "./jira_server_answers.ts";
import { PageTokens, searchCloud, searchDataCenter } from "./jira_server_search.ts";
import { isWrite, writeIssue } from "./jira_server_writes.ts";

/** What kind of Jira is started. */
export interface JiraServerOptions extends JiraDataOptions {
  /** Defaults to `cloud`. */
  deployment?: "cloud" | "data-center";
  /** How long every answer takes, in milliseconds. Defaults to 0. */
  latencyMs?: number;
  /** The most issues of a bulk fetch: 1000 is allowed for cheap fields. Defaults to 100. */
  bulkLimit?: 100 | 1000;
  /** A limit for each endpoint with its method. Defaults to none. */
  burst?: BurstLimit;
  /** The most issues in a page of a search. Defaults to 5000 for ids alone, else to 100. */
  maxPage?: number;
}

/** A request as it came. */
export interface AskedRequest {
  /** The method. */
  method: string;
  /** The path, without the query. */
  path: string;
  /** The query, with its question mark. */
  query: string;
  /** The body, parsed. */
  body: unknown;
  /** When it came, in milliseconds since the server's start. */
  atMs: number;
  /** The status of the answer. */
  status: number;
}

/** Answers in the server's place; undefined lets the server answer. */
export type Interception = (
  request: Request,
  body: unknown,
) => Response | undefined | Promise<Response | undefined>;

/** A running server; disposing ends it, also in the middle of answers. */
export interface JiraServer extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** What it was asked, in order of its answers. */
  readonly asked: AskedRequest[];
  /** The issues. */
  readonly data: JiraData;
  /** Counts requests whose `METHOD /path` matches, with a status if given. */
  count(pattern: RegExp, status?: number): number;
  /** Answers the next `times` requests whose `METHOD /path` matches in another way. */
  intercept(pattern: RegExp, answer: Interception, times?: number): void;
  /** Makes all page tokens given so far unknown. */
  expireTokens(): void;
  /** A promise that is never answered while the server runs. */
  hang(): Promise<Response>;
  /** The most requests that were in hand at once. */
  readonly mostAtOnce: number;
}

/** The login that the server knows. */
export const jiraLogin = { email: "ada@example.com", token: "token-of-ada", pat: "pat-of-ada" };

/** Starts a server on a free port. */
export function startJiraServer(options: JiraServerOptions = {}): JiraServer {
  const { deployment = "cloud", latencyMs = 0 } = options;
  const data = new JiraData(options);
  const limiter = new BurstLimiter(options.burst);
  const tokens = new PageTokens();
  const asked: AskedRequest[] = [];
  const interceptions: { pattern: RegExp; answer: Interception; left: number }[] = [];
  const ended = Promise.withResolvers<void>();
  const startedAt = performance.now();
  let inHand = 0;
  let mostAtOnce = 0;

  const answer = async (request: Request, body: unknown): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const line = `${request.method} ${pathname}`;
    const found = interceptions.find(({ pattern, left }) => left > 0 && pattern.test(line));
    if (found !== undefined) {
      found.left--;
      const special = await found.answer(request, body);
      if (special !== undefined) return special;
    }
    const limited = limiter.check(line);
    if (limited !== undefined) return limited;
    return route(request, pathname, body);
  };

  const route = (request: Request, path: string, body: unknown): Response => {
    const { method } = request;
    if (!isLoggedIn(request, deployment)) {
      if (path.endsWith("/myself")) {
        return errorAnswer(401, "Client must be authenticated to access this resource.");
      }
      // As the real ones do: a wrong token is nobody, who sees nothing.
      const seen = deployment === "cloud"
        ? { "x-seraph-loginreason": "AUTHENTICATED_FAILED" }
        : { "x-ausername": "anonymous" };
      return jsonAnswer(200, { issues: [], total: 0, isLast: true }, seen);
    }
    const [, version, rest = ""] = /^\/rest\/api\/(\d|latest)(\/.*)$/.exec(path) ?? [];
    const isCloud = deployment === "cloud";
    if (version === undefined || (!isCloud && version === "3")) return notFoundPage();
    if (method === "GET" && rest === "/myself") return jsonAnswer(200, myself(deployment));
    if (isCloud && method === "POST" && rest === "/issue/bulkfetch") {
      return bulkFetch(data, body, options.bulkLimit ?? 100);
    }
    if (isCloud && rest === "/search/jql") {
      return searchCloud(data, tokens, body, options.maxPage);
    }
    if (rest === "/search") {
      return isCloud ? removedSearch() : searchDataCenter(data, body, options.maxPage ?? 1000);
    }
    if (isWrite(method, rest)) return writeIssue(data, method, rest, body);
    const key = /^\/issue\/([^/]+)$/.exec(rest)?.[1];
    if (method === "GET" && key !== undefined && key !== "bulkfetch") return getIssue(data, key);
    return notFoundPage();
  };

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    mostAtOnce = Math.max(mostAtOnce, ++inHand);
    const url = new URL(request.url);
    const text = await request.text();
    const body = text === "" ? undefined : parse(text);
    const entry: AskedRequest = {
      method: request.method,
      path: url.pathname,
      query: url.search,
      body,
      atMs: performance.now() - startedAt,
      status: 0,
    };
    const response = await answer(request, body);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    entry.status = response.status;
    asked.push(entry);
    inHand--;
    return response;
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    data,
    count: (pattern, status) =>
      asked.filter((entry) =>
        pattern.test(`${entry.method} ${entry.path}`) &&
        (status === undefined || entry.status === status)
      ).length,
    intercept: (pattern, answer, times = 1) =>
      void interceptions.push({ pattern, answer, left: times }),
    expireTokens: () => tokens.expire(),
    hang: () => ended.promise.then(() => new Response(null, { status: 503 })),
    get mostAtOnce() {
      return mostAtOnce;
    },
    async [Symbol.asyncDispose]() {
      ended.resolve();
      await server.shutdown();
    },
  };
}

function isLoggedIn(request: Request, deployment: "cloud" | "data-center"): boolean {
  const given = request.headers.get("authorization");
  return deployment === "cloud"
    ? given === `Basic ${btoa(`${jiraLogin.email}:${jiraLogin.token}`)}`
    : given === `Bearer ${jiraLogin.pat}`;
}

function myself(deployment: "cloud" | "data-center"): unknown {
  const person = { displayName: "Ada Lovelace", active: true };
  return deployment === "cloud"
    ? { accountId: "5b10a2844c20165700ede21g", ...person }
    : { name: "ada", key: "ada", ...person };
}

function getIssue(data: JiraData, name: string): Response {
  const issue = data.find(decodeURIComponent(name));
  return issue === undefined
    ? errorAnswer(404, "Issue does not exist or you do not have permission to see it.")
    : jsonAnswer(200, issue);
}

function removedSearch(): Response {
  return errorAnswer(
    410,
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.",
  );
}

function notFoundPage(): Response {
  const html = "<!DOCTYPE html><html><head><title>Oops, you've found a dead link</title></head>" +
    "<body><h1>Not here</h1></body></html>";
  return new Response(html, { status: 404, headers: { "content-type": "text/html" } });
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
