/** What is valid JSON and yet refused by PostgreSQL's `jsonb`, found in the text itself. */

// What the server takes depends on its max_stack_depth: ten times as much by default.
const maxJsonDepth = 1_000;

// Of numeric: https://www.postgresql.org/docs/current/datatype-numeric.html
const maxDigitsBefore = 131_072;
const maxDigitsAfter = 16_383;

// Looked for in the text, as of keys that stand there twice JavaScript keeps only the last.
const refusedEscape =
  /\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u(0000|d[89a-f][0-9a-f]{2})|.)/gi;

/** Says why `jsonb` would refuse a valid JSON text; undefined when it takes it. */
export function findRefusedByJsonb(text: string): string | undefined {
  if (/\\u(?:0000|d[89a-f])/i.test(text)) {
    const problem = findRefusedEscape(text);
    if (problem) return problem;
  }
  // Shorter texts have no room for so deep a nesting, nor, without an exponent, so long a number.
  const mayBeDeep = text.length > maxJsonDepth &&
    (text.match(/[[{]/g)?.length ?? 0) > maxJsonDepth;
  const mayBeLong = text.length > maxDigitsAfter - 1_000 || /\de[-+]?\d{4}/i.test(text);
  return mayBeDeep || mayBeLong ? findDeepOrLong(text) : undefined;
}

function findRefusedEscape(text: string): string | undefined {
  for (const [, refused] of text.matchAll(refusedEscape)) {
    if (refused === "0000") return "it holds a NUL character (\\u0000), which jsonb refuses";
    if (refused) return "it holds half of a surrogate pair, which jsonb refuses";
  }
  return undefined;
}

function findDeepOrLong(text: string): string | undefined {
  let depth = 0;
  // Strings are passed over whole, as what they hold is neither a bracket nor a number.
  for (const [token] of text.matchAll(/"(?:[^"\\]+|\\.)*"|[[\]{}]|-?\d[-+.\de]*/gi)) {
    const first = token[0];
    if (first === '"') continue;
    if (first === "[" || first === "{") depth++;
    else if (first === "]" || first === "}") depth--;
    else if (!isNumeric(token)) {
      return "it holds a number with more digits than jsonb takes " +
        `(${maxDigitsBefore} before the point, ${maxDigitsAfter} after it)`;
    }
    if (depth > maxJsonDepth) return `it is nested deeper than ${maxJsonDepth} levels`;
  }
  return undefined;
}

function isNumeric(text: string): boolean {
  const [mantissa = "", power = "0"] = text.replace(/^-/, "").toLowerCase().split("e");
  const exponent = Number(power);
  const [before = "", after = ""] = mantissa.split(".");
  if (after.length - exponent > maxDigitsAfter) return false;
  const digits = (before + after).replace(/^0+/, "");
  if (digits === "") return exponent < 1e9;
  return digits.length - after.length + exponent <= maxDigitsBefore;
}
