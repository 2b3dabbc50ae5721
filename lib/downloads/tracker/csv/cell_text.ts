/** The form of a cell in a CSV (RFC 4180 §2). */

/** Writes a cell, in quotes where it needs them. */
export function encodeCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
