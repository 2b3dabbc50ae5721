/** Which version of a file a server offers, so that a resumed download never mixes two. */

/** What a server says of the version that it offers; null for what it does not say. */
export interface SourceVersion {
  /** The entity tag, as in the header. */
  etag: string | null;
  /** The time of the last change, as in the header. */
  last_modified: string | null;
  /** The length of the whole in bytes. */
  total_bytes: number | null;
  /** Whether `last_modified` was at least a minute old when it was sent. */
  is_date_strong: boolean;
}

const strongAgeMs = 60_000;

/** Reads the version off the headers of a 200, 206 or 416 answer. */
export function sourceVersion(headers: Headers): SourceVersion {
  const last_modified = headers.get("last-modified");
  const ageMs = Date.parse(headers.get("date") ?? "") - Date.parse(last_modified ?? "");
  return {
    etag: headers.get("etag"),
    last_modified,
    total_bytes: contentRange(headers)?.total ?? contentLength(headers),
    is_date_strong: ageMs >= strongAgeMs,
  };
}

/**
 * Gives the value of the `If-Range` header for a version; undefined when none of its validators is
 * strong, so that nothing of it may be resumed.
 *
 * Source: RFC 9110 §13.1.5 (no weak entity tag) and §8.8.2.2 (a date is strong when the file was
 * not changed for a while before it was sent; RFC 7232 said 60 seconds, which is kept here).
 */
export function ifRangeValue(version: SourceVersion): string | undefined {
  const { etag, last_modified, is_date_strong } = version;
  if (etag !== null) return /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) ? etag : undefined;
  return is_date_strong && last_modified !== null ? last_modified : undefined;
}

/** Tells whether two answers surely come from one version. */
export function isSameVersion(one: SourceVersion, other: SourceVersion): boolean {
  const validator = ifRangeValue(one);
  return validator !== undefined && validator === ifRangeValue(other) &&
    one.total_bytes === other.total_bytes;
}

/** Turns the JSON of a version back; undefined when it is none. */
export function parseSourceVersion(value: unknown): SourceVersion | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { etag, last_modified, total_bytes, is_date_strong }: Partial<
    Record<keyof SourceVersion, unknown>
  > = value;
  if (typeof etag !== "string" && etag !== null) return undefined;
  if (typeof last_modified !== "string" && last_modified !== null) return undefined;
  if (typeof total_bytes !== "number" && total_bytes !== null) return undefined;
  if (typeof is_date_strong !== "boolean") return undefined;
  return { etag, last_modified, total_bytes, is_date_strong };
}

/** What a `Content-Range` header says (RFC 9110 §14.4). */
export interface ContentRange {
  /** The first byte; null in a 416 answer. */
  start: number | null;
  /** The last byte; null in a 416 answer. */
  end: number | null;
  /** The length of the whole; null when the server does not know it. */
  total: number | null;
}

/** Reads `Content-Range`; undefined when it is missing or not of the form of RFC 9110. */
export function contentRange(headers: Headers): ContentRange | undefined {
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(headers.get("content-range") ?? "");
  if (match === null) return undefined;
  const [, start, end, total] = match;
  return {
    start: start === undefined ? null : Number(start),
    end: end === undefined ? null : Number(end),
    total: total === undefined || total === "*" ? null : Number(total),
  };
}

function contentLength(headers: Headers): number | null {
  const text = headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
