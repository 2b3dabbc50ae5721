/** Quoting for POSIX shells where a bare word may be more than a word. */

/** Gives a word that bash and zsh read as it is, whatever is in it. */
export function quote(word: string): string {
  return /^[\w-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
