/** Numbers as every script writes them for a person. */

/** Writes a number with its thousands apart: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** Writes a number with its noun: `1 record`, `12,345 records`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
