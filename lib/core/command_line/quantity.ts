/** Numbers as every script writes them for a person. */

/** Writes a number with its thousands apart and at most three decimals: `12,345`, `1,234.5`. */
export function formatCount(count: number): string {
  // By hand, as the first use of Intl takes as long as half of a short command.
  const [whole = "", fraction] = String(Number(count.toFixed(3))).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Writes a number with its noun: `1 record`, `12,345 records`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
