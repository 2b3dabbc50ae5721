/** Numbers and times as the reports write them. */

/** A share in percent with two places; null when there is nothing to share. */
export function percentOf(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded((part / whole) * 100);
}

/** Rounds to two places. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Rounds to two places; what is absent stays null. */
export function roundedOrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : rounded(value);
}

/** ISO 8601; what is absent stays null. */
export function isoOrNull(time: Date | null | undefined): string | null {
  return time?.toISOString() ?? null;
}
