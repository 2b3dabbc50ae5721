/** Time stamps that importers add to the names of files. */

/** A time stamp that was found in a name. */
export interface FoundStamp {
  /** The name without it. */
  rest: string;
  /** When that was, in milliseconds since 1970, read as UTC. */
  atMs: number;
}

/**
 * A date, or a date and a time, or seconds or milliseconds since 1970, with a separator before it,
 * at the end of the name or before an extension.
 */
const stampPattern =
  /[ ._-](?<stamp>\d{4}-\d{2}-\d{2}(?:[ ._T-]?\d{2}[.:_-]?\d{2}(?:[.:_-]?\d{2}(?:[.,]\d{1,6})?)?)?Z?|\d{8}(?:[ ._T-]\d{4}(?:\d\d(?:\d{3})?)?)?Z?|\d{10}(?:\d{2,4}|\d{7})?Z?)(?=$|\.)/g;

/** Gives every reading of a name as another name with a time stamp added to it. */
export function findStamps(name: string): FoundStamp[] {
  return [...name.matchAll(stampPattern)].flatMap((match) => {
    const atMs = parseStamp(match.groups?.["stamp"] ?? "");
    const rest = name.slice(0, match.index) + name.slice(match.index + match[0].length);
    return atMs === undefined || rest === "" || rest.startsWith(".") ? [] : [{ rest, atMs }];
  });
}

/**
 * Reads a time stamp: `YYYYMMDD`, `MMDDYYYY` and `YYYY-MM-DD`, with hour, minute, second and
 * millisecond or without; 10 or 13 digits that are no such time count from 1970.
 *
 * @returns milliseconds since 1970; undefined when it is no time
 */
export function parseStamp(text: string): number | undefined {
  const digits = text.replace(/\D/g, "");
  const date = digits.slice(0, 8);
  const time = digits.slice(8, 17).padEnd(9, "0");
  const timeOfDay = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6), time.slice(6)];
  const orders = [
    [date.slice(0, 4), date.slice(4, 6), date.slice(6)],
    [date.slice(4), date.slice(0, 2), date.slice(2, 4)],
  ];
  if (digits.length % 2 === 0 || digits.length >= 15) { // fewer than two digits are no field
    for (const [year = "", month = "", day = ""] of orders) {
      const at = utcTime([year, month, day, ...timeOfDay].map(Number));
      if (at !== undefined) return at;
    }
  }
  if (digits !== text) return undefined;
  if (digits.length === 10) return Number(digits) * 1000;
  return digits.length === 13 ? Number(digits) : undefined;
}

function utcTime(fields: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = fields;
  if (year < 1980 || year > 2199 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.getTime() : undefined;
}
