/** Parsed JSON that remembers its text where JavaScript may hold a number of it as another one. */

const texts = new WeakMap<object, string>();

// A number of 16 digits and more, or with an exponent: every shorter one comes back as it was. In
// a string it would need such a mark before it, so that quoted digits are seldom remembered.
const longNumber = /[:[,]\s*-?\d(?:[\d.]{15}|[\d.]*e)/i;

/**
 * Parses JSON as `JSON.parse()` does, for {@link exactJsonText}.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && longNumber.test(text)) texts.set(value, text);
  return value;
}

/**
 * Gives the JSON text of an object or list that came from a database's JSON column, or from
 * {@link parseJson}, when it holds a number that JavaScript may have rounded; undefined when it
 * holds none. It is the text that was read: what was changed in the value since is not in it.
 */
export function exactJsonText(value: object): string | undefined {
  return texts.get(value);
}
