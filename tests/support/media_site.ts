/** A site with videos on this machine, for the real yt-dlp. */

import { type ServedFile, serveFile } from "./media_site_file.ts";

/** A request that the site got. */
export interface SiteRequest {
  /** The path. */
  path: string;
  /** The `Range` header; null when there was none. */
  range: string | null;
  /** The `If-Range` header; null when there was none. */
  ifRange: string | null;
}

/** What a site answers with. */
export type SiteAnswer = ServedFile | number;

/** A site; disposing stops it. */
export interface MediaSite extends AsyncDisposable {
  /** Its address, without a slash at the end. */
  readonly url: string;
  /**
   * What is asked for gets these, by path: a file, a status without content, or what is made of the
   * number of the request, from 1.
   */
  readonly files: Map<string, SiteAnswer | ((count: number) => SiteAnswer)>;
  /** What was asked for. */
  readonly requests: readonly SiteRequest[];
  /** Adds a page. */
  addPage(path: string, html: string): void;
}

/** Starts an empty site on a free port. */
export function startMediaSite(): MediaSite {
  const files: MediaSite["files"] = new Map();
  const requests: SiteRequest[] = [];
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: () => new Response("", { status: 500 }),
    },
    (request) => {
      const { pathname } = new URL(request.url);
      requests.push({
        path: pathname,
        range: request.headers.get("range"),
        ifRange: request.headers.get("if-range"),
      });
      const answer = files.get(pathname) ?? 404;
      const count = requests.filter(({ path }) => path === pathname).length;
      const file = typeof answer === "function" ? answer(count) : answer;
      if (typeof file === "number") return new Response("", { status: file });
      return serveFile(request, file);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    files,
    requests,
    addPage(path, html) {
      files.set(path, { bytes: new TextEncoder().encode(html), type: "text/html; charset=utf-8" });
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
