/** A file as a web server gives it: whole or in part, at any pace, with any accident. */

import { delay } from "../../lib/core/mod.ts";

/** A file on a test's server; a test may change it between two requests. */
export interface ServedFile {
  /** Its content. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Its type. Defaults to `application/octet-stream`. */
  type?: string;
  /** Its entity tag, with the quotes; none by default. */
  etag?: string | undefined;
  /** When it was last changed; unknown by default. */
  lastModified?: Date | undefined;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Whether the server says how long it is. Defaults to true. */
  saysLength?: boolean;
  /** Whether the server knows ranges. Defaults to true. */
  knowsRanges?: boolean;
  /** Whether the server overlooks `If-Range`. Defaults to false. */
  ignoresIfRange?: boolean;
  /** The connection is lost after so many bytes, once for each entry. */
  cuts?: number[];
  /** From this byte on, nothing more is sent until it is raised. */
  holdAt?: number;
  /** Sends 1 KiB every 50 ms where it would be held. Defaults to false. */
  drips?: boolean;
}

const blockBytes = 4096;
const pollMs = 10;
const dripMs = 50;
const dripBytes = 1024;

/** Answers a request for a file as RFC 9110 §13 and §14 want it, accidents aside. */
export function serveFile(request: Request, file: ServedFile): Response {
  const { bytes, etag, lastModified, knowsRanges = true, saysLength = true } = file;
  const headers = new Headers({
    "Content-Type": file.type ?? "application/octet-stream",
    ...(etag === undefined ? {} : { ETag: etag }),
    ...(lastModified === undefined ? {} : { "Last-Modified": lastModified.toUTCString() }),
    ...(knowsRanges ? { "Accept-Ranges": "bytes" } : {}),
    ...file.headers,
  });
  const ifRange = request.headers.get("if-range");
  const isSame = file.ignoresIfRange || ifRange === null || ifRange === etag ||
    ifRange === lastModified?.toUTCString();
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (from === undefined || !knowsRanges || !isSame) {
    if (saysLength) headers.set("Content-Length", String(bytes.length));
    return new Response(request.method === "HEAD" ? null : bodyOf(file, 0, bytes.length), {
      headers,
    });
  }
  const start = Number(from);
  if (start >= bytes.length) {
    headers.set("Content-Range", `bytes */${bytes.length}`);
    return new Response("", { status: 416, headers });
  }
  const end = to === undefined || to === "" ? bytes.length : Math.min(Number(to) + 1, bytes.length);
  headers.set("Content-Range", `bytes ${start}-${end - 1}/${bytes.length}`);
  headers.set("Content-Length", String(end - start));
  return new Response(bodyOf(file, start, end), { status: 206, headers });
}

function bodyOf(file: ServedFile, start: number, end: number): ReadableStream<Uint8Array> {
  const { bytes } = file;
  // A request for a byte or two only asks what there is.
  const cut = end - start > 2 ? file.cuts?.shift() : undefined;
  let at = start;
  const over = new AbortController();
  return new ReadableStream({
    async pull(controller) {
      const isHeld = () => file.holdAt !== undefined && at >= file.holdAt && end - start > 2;
      while (isHeld()) {
        if (over.signal.aborted) return;
        await delay(file.drips ? dripMs : pollMs, { signal: over.signal }).catch(() => {});
        if (file.drips) break;
      }
      if (cut !== undefined && at >= cut) {
        controller.error(new Error("the connection is cut"));
        return;
      }
      const next = Math.min(at + (isHeld() ? dripBytes : blockBytes), end, cut ?? end);
      controller.enqueue(bytes.slice(at, next));
      at = next;
      if (at >= end) controller.close();
    },
    cancel() {
      over.abort();
    },
  }, { highWaterMark: 0 });
}
