/** Asking Google Drive: its hosts and no others, its cookies, its redirects. */

import { getSetCookies } from "@std/http/cookie";
import { ConfigManager, ConfigurationError, NetworkError, withDeadline } from "../../core/mod.ts";
import { driveSignInError } from "../failures/mod.ts";

/** An answer of Drive. */
export interface DriveAnswer {
  /** The answer; its body has not been read. */
  response: Response;
  /** The address that gave it, after all redirects. */
  url: URL;
}

/** How {@link DriveSession.get} asks. */
export interface DriveRequest {
  /** The address that a person knows, for errors. */
  about: string;
  /** Headers beside those of every request. */
  headers?: Record<string, string>;
  /** Cancels the request. Whoever reads the body has to watch over that. */
  signal?: AbortSignal | undefined;
}

/** What is a part of Google's Drive, and where its files come from. */
const allowedHosts = /(?:^|\.)(?:google\.com|googleusercontent\.com)$/;
const maxRedirects = 10;
const answerDeadlineMs = 60_000;

/**
 * One download's conversation with Drive.
 *
 * Cookies are kept by host, as the confirmation of a large file needs them. A redirect to another
 * site is refused.
 */
export class DriveSession {
  readonly #baseUrl: URL | undefined;
  readonly #cookiesByDomain = new Map<string, Map<string, string>>();

  /**
   * Makes a session. `baseUrl` takes the place of Google for every request: its path is followed by
   * the host and path that would have been asked.
   */
  constructor(baseUrl: URL | undefined) {
    this.#baseUrl = baseUrl;
  }

  /**
   * Asks for an address of Drive and follows its redirects.
   *
   * @throws NetworkError when Drive cannot be reached, is silent, or leads elsewhere; the reason of
   * the signal
   */
  async get(address: URL, request: DriveRequest): Promise<DriveAnswer> {
    const { about } = request;
    let url = address;
    for (let count = 0; count <= maxRedirects; count++) {
      const response = await this.#ask(url, request);
      this.#keepCookies(url, response.headers);
      const location = redirectOf(response);
      if (location === undefined) return { response, url };
      await response.body?.cancel();
      url = nextUrl(location, url, about);
      if (url.hostname === "accounts.google.com") throw driveSignInError(about, url.href);
    }
    throw new NetworkError(
      `Cannot download ${about} as Drive redirects more than ${maxRedirects} times; ` +
        "run this again later",
      { code: "DRIVE_REDIRECTS", context: { url: about } },
    );
  }

  /**
   * Gives an address that Drive named on a page, if it is one of Google's.
   *
   * @throws NetworkError with the code `DRIVE_LEADS_ELSEWHERE` when it is not
   */
  checked(url: URL, about: string): URL {
    return nextUrl(url.href, url, about);
  }

  async #ask(url: URL, { about, headers, signal }: DriveRequest): Promise<Response> {
    const cookies = this.#cookiesFor(url.hostname);
    return await withDeadline(
      (stop) =>
        fetch(this.#addressOf(url), {
          redirect: "manual",
          headers: {
            // Any other coding would make lengths and ranges mean something else.
            "Accept-Encoding": "identity",
            "User-Agent": "Mozilla/5.0 (compatible; opsdeck)",
            ...(cookies === "" ? {} : { Cookie: cookies }),
            ...headers,
          },
          signal: stop,
        }),
      {
        ms: answerDeadlineMs,
        signal,
        onTimeout: () => silent(about, answerDeadlineMs),
      },
    );
  }

  #addressOf(url: URL): URL {
    if (this.#baseUrl === undefined) return url;
    const path = `${this.#baseUrl.pathname.replace(/\/$/, "")}/${url.hostname}${url.pathname}`;
    return new URL(`${path}${url.search}`, this.#baseUrl);
  }

  #keepCookies(url: URL, headers: Headers): void {
    for (const { name, value, domain } of getSetCookies(headers)) {
      const home = domain?.replace(/^\./, "").toLowerCase() ?? url.hostname;
      // A host may speak for itself and for what it is a part of, within Google.
      if (home !== url.hostname && !url.hostname.endsWith(`.${home}`)) continue;
      if (!allowedHosts.test(home)) continue;
      const cookies = this.#cookiesByDomain.get(home) ?? new Map<string, string>();
      this.#cookiesByDomain.set(home, cookies.set(name, value));
    }
  }

  #cookiesFor(host: string): string {
    return [...this.#cookiesByDomain]
      .filter(([home]) => host === home || host.endsWith(`.${home}`))
      .flatMap(([, cookies]) => [...cookies].map(([name, value]) => `${name}=${value}`))
      .join("; ");
  }
}

/**
 * Gives what stands in for Google: the setting `DRIVE_BASE_URL`, for tests and for mirrors;
 * undefined when Google itself is asked.
 *
 * @throws ConfigurationError when it is not an http or https address
 */
export function driveBaseUrl(config: ConfigManager = new ConfigManager()): URL | undefined {
  const text = config.getVariable("DRIVE_BASE_URL");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigurationError(
    `Cannot use DRIVE_BASE_URL as it must be an http or https address: it is "${text}"; ` +
      "correct it or unset it to ask Google",
  );
}

function redirectOf(response: Response): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  return response.headers.get("location") ?? undefined;
}

function nextUrl(location: string, from: URL, about: string): URL {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (url !== undefined && url.protocol === "https:" && allowedHosts.test(url.hostname)) return url;
  throw new NetworkError(
    `Cannot download ${about} as Drive leads to ${url?.host ?? "no address"}, which is not ` +
      "Google's; check the link",
    {
      code: "DRIVE_LEADS_ELSEWHERE",
      retryable: false,
      context: { url: about, from: from.href, location },
    },
  );
}

/** The error of a server that does not answer. */
export function silent(about: string, ms: number): NetworkError {
  return new NetworkError(
    `Cannot download ${about} as Drive said nothing for ${ms / 1000} s; ` +
      "check the network, then run this again",
    { code: "STALLED", context: { url: about } },
  );
}
