/** Hidden names beside a file's own, for what has not its place yet, or has lost it. */

const maxNameBytes = 255;

/** Gives `.<name><ending>`; what is too long for a file system is cut, and told apart by a checksum. */
export function hiddenName(name: string, ending: string): string {
  const encoder = new TextEncoder();
  const full = `.${name}${ending}`;
  // The state beside a part adds five more.
  if (encoder.encode(full).length + ".json".length <= maxNameBytes) return full;
  let sum = 0;
  for (const byte of encoder.encode(name)) sum = (Math.imul(sum, 31) + byte) >>> 0;
  let cut = Array.from(name).slice(0, 40).join("");
  if (encoder.encode(cut).length > 160) cut = "";
  return `.${cut}~${sum.toString(16)}${ending}`;
}

/** Gives 16 hexadecimal digits that nobody can guess. */
export function randomDigits(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
