/** The address of a Jira site, and of what lies on it. */

import { ConfigurationError, ValidationError } from "../../core/mod.ts";

/** How {@link parseSiteUrl} judges an address. */
export interface SiteUrlOptions {
  /** What supplied the address, for errors. */
  source: string;
  /** Whether a host other than this machine may be reached without encryption. */
  allowHttp: boolean;
  /** The setting that allows it, for errors. */
  allowHttpVariable: string;
}

/**
 * Reads a site's address, such as `https://example.atlassian.net` or `https://host/jira`.
 *
 * @throws ConfigurationError when it is no such address, carries a user, a query or a fragment, or
 * is `http:` to another machine, where the token could be read on the way.
 */
export function parseSiteUrl(text: string, options: SiteUrlOptions): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === undefined || !isWeb || url.username || url.password || url.search || url.hash) {
    throw new ConfigurationError(
      `Cannot use ${options.source} as it must be the address of a Jira site such as ` +
        "https://example.atlassian.net, without user, query and fragment; correct it",
      { context: { setting: options.source } },
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !options.allowHttp) {
    throw new ConfigurationError(
      `Cannot use ${options.source} as the token would go to "${url.host}" unencrypted; use ` +
        `https, or set ${options.allowHttpVariable} to true`,
      { context: { setting: options.source } },
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127(\.\d+){3}$/.test(host);
}

/**
 * Gives the address of an endpoint: a path such as `/rest/api/3/issue/ABC-1?fields=summary`, or a
 * whole address on the site, as Jira's `self` links are.
 *
 * @throws ValidationError when it leads elsewhere, or is not a path.
 */
export function resolveEndpoint(site: URL, endpoint: string): URL {
  const base = site.href.replace(/\/$/, "");
  const path = endpoint.startsWith(`${base}/`) ? endpoint.slice(base.length) : endpoint;
  // deno-lint-ignore no-control-regex -- they have no place in an address
  const isPath = /^\/(?!\/)[^\s\\#\u0000-\u001f\u007f]*$/.test(path);
  const url = isPath ? new URL(base + path) : undefined;
  // Dots may climb out of the site's own path: the URL has them resolved.
  const isInside = url?.pathname.startsWith(`${site.pathname.replace(/\/$/, "")}/`) ?? false;
  if (url !== undefined && isInside && url.origin === site.origin) return url;
  throw new ValidationError(
    `Cannot use the endpoint ${JSON.stringify(endpoint.slice(0, 200))} as it must be a path on ` +
      `${base}, such as /rest/api/3/myself`,
    { code: "ENDPOINT", context: { endpoint: endpoint.slice(0, 200) } },
  );
}
