/** Values that never print, and the removal of known secret values from text. */

const mask = "***";

/** Shorter values are too common in ordinary text to be cut out of it. */
const minRedactedLength = 4;

/**
 * Every spelling of every secret of this process, longest first once sorted. It only grows: a
 * secret that was in use once may still be in an error that is printed later.
 */
const spellings = new Set<string>();
let longestFirst: string[] = [];

/**
 * A password, token or key that prints as `***` in text, templates, JSON and inspection.
 *
 * A value of at least 4 characters is also known to {@link redact} from then on.
 */
export class Secret {
  readonly #value: string;

  /** Wraps a secret value. */
  constructor(value: string) {
    this.#value = value;
    if (value.length >= minRedactedLength) addSpellings(value);
  }

  /** Gives the secret itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** Gives `***`. */
  toString(): string {
    return mask;
  }

  /** Gives `***`. */
  toJSON(): string {
    return mask;
  }

  /** Gives `***` to Deno's inspection and console. */
  [Symbol.for("Deno.customInspect")](): string {
    return mask;
  }

  /** Gives `***` to Node's inspection. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return mask;
  }
}

/**
 * Puts `***` in the place of every known secret in a text.
 *
 * A secret is found as it is, percent-encoded (as in a query, a form or the password of an
 * address) and escaped as in JSON. Where two secrets overlap, all of both goes. Text without a
 * secret comes back as it is, after one plain search a spelling.
 */
export function redact(text: string): string {
  if (longestFirst.length !== spellings.size) {
    longestFirst = [...spellings].sort((a, b) => b.length - a.length);
  }
  const found = longestFirst.filter((spelling) => text.includes(spelling));
  return found.length === 0 ? text : maskAll(text, found);
}

function addSpellings(value: string): void {
  const wellFormed = value.toWellFormed();
  spellings.add(value);
  spellings.add(JSON.stringify(value).slice(1, -1));
  spellings.add(encodeURIComponent(wellFormed));
  spellings.add(new URLSearchParams({ "": wellFormed }).toString().slice(1));
  const address = new URL("http://host");
  address.password = wellFormed;
  spellings.add(address.password);
}

/** Marks the places first: replacing one secret after the other would leave a part of an overlap. */
function maskAll(text: string, found: readonly string[]): string {
  const ranges: { start: number; end: number }[] = [];
  for (const spelling of found) {
    for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
      ranges.push({ start: at, end: at + spelling.length });
    }
  }
  ranges.sort((a, b) => a.start - b.start);

  let result = "";
  let done = 0;
  for (const { start, end } of ranges) {
    if (start >= done) result += text.slice(done, start) + mask;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}
