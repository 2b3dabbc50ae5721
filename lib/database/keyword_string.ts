/** Taking `Key=value;Key='va;lue';Key={va;lue}` apart, as ADO.NET and ODBC write it. */

import { connectionStringError } from "./connection_string_error.ts";

/** One part of the string; the key is in lower case, without blanks and underscores. */
export interface KeywordPart {
  /** Such as `userid` for `User Id`. */
  key: string;
  /** The value without its quotes. */
  value: string;
}

/** Turns `User Id`, `user_id` and `UserID` into the one word `userid`. */
export function normalizeKey(key: string): string {
  return key.replace(/[\s_]/g, "").toLowerCase();
}

/**
 * Takes a string of keywords apart. A value with `;` must stand in `'…'`, `"…"` (the quote itself
 * doubled) or `{…}` (`}` doubled).
 *
 * @throws ConfigurationError naming `label`, and no part of the text.
 */
export function parseKeywordString(text: string, label: string): KeywordPart[] {
  const parts: KeywordPart[] = [];
  let at = 0;
  while (at < text.length) {
    const gap = /[;\s]*/y;
    gap.lastIndex = at;
    gap.exec(text);
    at = gap.lastIndex;
    if (at >= text.length) break;

    const number = parts.length + 1;
    const equals = text.indexOf("=", at);
    const semicolon = text.indexOf(";", at);
    if (equals < 0 || (semicolon >= 0 && semicolon < equals)) {
      throw connectionStringError(label, `its part number ${number} has no '='`, quotingAdvice);
    }
    const key = normalizeKey(text.slice(at, equals));
    const read = readValue(text, equals + 1, number, label);
    parts.push({ key, value: read.value });
    at = read.end;
  }
  return parts;
}

/** What to do about a value that was cut at a `;`. */
export const quotingAdvice = "put a value that holds ';' in quotes, as in Password='p;w'";

const quotes: Record<string, string> = { "'": "'", '"': '"', "{": "}" };

function readValue(
  text: string,
  start: number,
  number: number,
  label: string,
): { value: string; end: number } {
  let at = start;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  const close = quotes[text.charAt(at)];
  if (close === undefined) {
    const semicolon = text.indexOf(";", at);
    const end = semicolon < 0 ? text.length : semicolon;
    return { value: text.slice(at, end).trimEnd(), end };
  }

  let value = "";
  for (at += 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character !== close) value += character;
    else if (text.charAt(at + 1) === close) value += text.charAt(at += 1);
    else {
      const rest = /\s*(?:;|$)/y;
      rest.lastIndex = at + 1;
      if (rest.test(text)) return { value, end: rest.lastIndex };
      break;
    }
  }
  throw connectionStringError(
    label,
    `the quoted value of its part number ${number} does not end where its quote does`,
    "double a quote inside the quotes, as in 'it''s' or {a}}b}",
  );
}
