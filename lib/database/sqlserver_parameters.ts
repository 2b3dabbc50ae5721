/** `$1` in SQL Server's dialect: T-SQL knows parameters by name only. */

/** Statements are few and long; rewriting each of them once is enough. */
const rewritten = new Map<string, string>();
const maxRewritten = 1000;

/**
 * What is passed over: strings, quoted and bracketed names, comments to the line's end. Comments
 * in slashes nest in T-SQL, so their end is found by counting.
 */
const token = /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\[(?:[^\]]|\]\])*\]?|--[^\n]*|\/\*|\$(\d+)/g;

/**
 * Rewrites `$n` to `@pn` outside of strings, quoted names and comments. `$` inside a word, as in
 * `a$1`, is part of the word.
 */
export function toNamedParameters(text: string): string {
  const known = rewritten.get(text);
  if (known !== undefined) return known;

  let result = "";
  let at = 0;
  const find = new RegExp(token);
  for (let match = find.exec(text); match !== null; match = find.exec(text)) {
    const [found, number] = match;
    if (found === "/*") {
      find.lastIndex = commentEnd(text, match.index);
    } else if (number !== undefined && !/[\p{L}\p{N}_@#$]/u.test(text.charAt(match.index - 1))) {
      result += `${text.slice(at, match.index)}@p${Number(number)}`;
      at = find.lastIndex;
    }
  }
  result += text.slice(at);
  if (rewritten.size >= maxRewritten) rewritten.clear();
  rewritten.set(text, result);
  return result;
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
