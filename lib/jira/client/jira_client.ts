/** Requests to one Jira site with one login. */

import { createHash } from "node:crypto";
import {
  type ConfigManagerOptions,
  Secret,
  ValidationError,
  version,
  withDeadline,
} from "../../core/mod.ts";
import { RateGate } from "../rate/rate_gate.ts";
import { type RateAdvice, readRateAdvice } from "../rate/rate_advice.ts";
import { errorText } from "./error_text.ts";
import { openHttpClient } from "./http_client.ts";
import type { JiraRequest } from "./jira_request.ts";
import { type JiraSettings, readJiraSettings } from "./jira_settings.ts";
import { refusedLogin } from "./login_refused.ts";
import { readBody } from "./read_body.ts";
import { resolveEndpoint } from "./site_url.ts";
import { lostAnswer, timedOut, toTransportError } from "./transport_error.ts";

/** What Jira answered, whatever the status. */
export interface JiraAnswer {
  /** The HTTP status. */
  status: number;
  /** Whether the status is 2xx. */
  ok: boolean;
  /** The body: JSON, null when empty; text only where an error's body is no JSON. */
  data: unknown;
  /** Why it was refused, on one line; null when `ok`. */
  error: string | null;
  /** What the answer says about rate limits. */
  advice: RateAdvice;
}

/** What a {@link JiraClient} can be told beyond its settings. */
export interface JiraClientOptions {
  /** The longest body that is read, in bytes. Defaults to 256 MiB. */
  maxResponseBytes?: number;
}

const defaultTimeoutMs = 60_000;
const defaultMaxWaitMs = 600_000;
const defaultMaxResponseBytes = 256 * 1024 * 1024;
const maxRedirects = 5;

/**
 * Sends requests to one Jira site with one login. Dispose of it to close its connections.
 *
 * Proxies are those of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`); the certificates
 * of `JIRA_CA_FILE` are trusted beside those that Deno trusts anyway.
 */
export class JiraClient implements Disposable {
  /** The site's address. */
  readonly site: URL;
  /** `/rest/api/3` on Cloud, `/rest/api/2` on Data Center. */
  readonly apiPath: string;
  /** Whether the site is Jira Cloud, else Data Center; the kind of login says so. */
  readonly isCloud: boolean;
  /** The site and the login as one opaque word, to keep apart what different people may see. */
  readonly identity: string;
  /** What the site has said about its limits. */
  readonly gate: RateGate = new RateGate();
  /** The longest wait that a rate limit is obeyed for, in milliseconds. */
  readonly maxWaitMs: number;
  readonly #authorization: Secret;
  readonly #timeoutMs: number;
  readonly #maxResponseBytes: number;
  readonly #http: Deno.HttpClient;

  /**
   * Makes a client; {@link openJiraClient} makes one from the configuration.
   *
   * @throws ConfigurationError when the certificates cannot be read or used.
   */
  constructor(settings: JiraSettings, options: JiraClientOptions = {}) {
    const { site, login } = settings;
    this.site = site;
    this.isCloud = login.kind === "api-token";
    this.apiPath = this.isCloud ? "/rest/api/3" : "/rest/api/2";
    const token = login.token.reveal();
    const account = login.kind === "api-token" ? login.email.toLowerCase() : token;
    this.identity = createHash("sha256").update(`${site.href}\n${account}`).digest("hex")
      .slice(0, 16);
    this.#authorization = new Secret(
      login.kind === "api-token"
        ? `Basic ${toBase64(`${login.email}:${token}`)}`
        : `Bearer ${token}`,
    );
    this.maxWaitMs = settings.maxWaitMs ?? defaultMaxWaitMs;
    this.#timeoutMs = settings.timeoutMs ?? defaultTimeoutMs;
    this.#maxResponseBytes = options.maxResponseBytes ?? defaultMaxResponseBytes;
    this.#http = openHttpClient(settings.caFile);
  }

  /**
   * Sends a request once and gives the answer, whatever its status. Redirects are followed for
   * GET alone and on the site alone, so that the token goes nowhere else.
   *
   * @param options.signal aborts the request in the middle: a write may have been done by then
   * @throws ValidationError for an endpoint elsewhere and for data that is no JSON.
   * @throws NetworkError with the code `JIRA_UNREACHABLE` when the request certainly did not reach
   * Jira, and `JIRA_LOST`, `JIRA_TIMEOUT` or `JIRA_BAD_ANSWER` when it may have.
   * @throws ConfigurationError (exit code 2) when Jira refused the login (`LOGIN_REFUSED`), and when
   * it answered as it would answer anybody (`LOGIN_IGNORED`).
   */
  async send(
    request: JiraRequest,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<JiraAnswer> {
    const url = resolveEndpoint(this.site, request.endpoint);
    const body = request.data === undefined ? undefined : toJson(request);
    const { signal } = options;
    return await withDeadline((signal) => this.#exchange(request, url, body, signal), {
      ms: this.#timeoutMs,
      signal,
      onTimeout: () => timedOut(request, this.site, this.#timeoutMs),
    });
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#http.close();
  }

  async #exchange(
    request: JiraRequest,
    url: URL,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<JiraAnswer> {
    const response = await this.#fetch(request, url, body, signal);
    const { status, headers } = response;
    const isRedirect = status >= 300 && status < 400;
    const { data, isJson } = await readBody(response, this.#maxResponseBytes).catch((error) => {
      throw toTransportError(error, request, this.site, { wasSent: true });
    });
    if (response.ok && !isJson) throw lostAnswer(request, this.site, errorText(status, data));
    const error = response.ok
      ? null
      : isRedirect
      ? `${errorText(status, data)}: sent on to ${headers.get("location")}; set JIRA_URL to that`
      : errorText(status, data);
    const refused = refusedLogin(status, headers, error, this.site);
    if (refused !== undefined) throw refused;
    return { status, ok: response.ok, data, error, advice: readRateAdvice(headers, Date.now()) };
  }

  async #fetch(
    request: JiraRequest,
    start: URL,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    let url = start;
    for (let redirects = 0;; redirects++) {
      const response = await fetch(url, {
        method: request.method,
        headers: {
          "Accept": "application/json",
          "Authorization": this.#authorization.reveal(),
          "User-Agent": `opsdeck/${version}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        client: this.#http,
        signal,
      }).catch((error) => {
        throw toTransportError(error, request, this.site, { wasSent: false });
      });
      const target = this.#redirectTarget(request, url, response);
      if (target === undefined || redirects === maxRedirects) return response;
      await response.body?.cancel();
      url = target;
    }
  }

  #redirectTarget(request: JiraRequest, from: URL, response: Response): URL | undefined {
    const location = response.headers.get("location");
    const isRedirect = response.status >= 300 && response.status < 400;
    if (!isRedirect || request.method !== "GET" || location === null) return undefined;
    const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
    return target?.origin === this.site.origin ? target : undefined;
  }
}

/**
 * Opens a client by the settings of a profile, or the global ones.
 *
 * @throws ConfigurationError as `readJiraSettings` does, and for certificates that cannot be used.
 */
export function openJiraClient(profile?: string, options?: ConfigManagerOptions): JiraClient {
  return new JiraClient(readJiraSettings(profile, options));
}

function toJson({ method, endpoint, data }: JiraRequest): string {
  if (method === "GET") {
    throw new ValidationError(
      `Cannot send GET ${endpoint} as a GET carries no data; put it into the query, or use POST`,
    );
  }
  try {
    const json: unknown = JSON.stringify(data);
    if (typeof json === "string") return json;
  } catch (cause) {
    throw new ValidationError(
      `Cannot send ${method} ${endpoint} as its data cannot be written as JSON`,
      { cause },
    );
  }
  throw new ValidationError(`Cannot send ${method} ${endpoint} as its data has no JSON form`);
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
