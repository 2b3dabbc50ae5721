/** Patterns for `like … escape '\'` that find a text as it stands, in both dialects. */

/** Writes the pattern of what begins with a text. */
export function prefixPattern(text: string): string {
  return `${escaped(text)}%`;
}

/** Writes the pattern of what has a text in it. */
export function infixPattern(text: string): string {
  return `%${escaped(text)}%`;
}

/** `[` begins a set of characters in T-SQL, and is itself after the escape in PostgreSQL too. */
function escaped(text: string): string {
  return text.replace(/[\\%_[]/g, "\\$&");
}
