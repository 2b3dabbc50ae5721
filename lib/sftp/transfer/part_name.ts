/** The names that files have until they are whole. */

const suffix = ".opsdeck-part";
const maxNameBytes = 255;

/** What the names of parts look like: `.report.pdf.0123456789abcdef.opsdeck-part`. */
const uniquePattern = /^\..*\.[0-9a-f]{16}\.opsdeck-part$/s;

/** Gives a name for a part that nobody can guess or have taken, from a file's name. */
export function uniquePartName(name: string): string {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(8)), hexByte).join("");
  return fitting(name, `.${random}${suffix}`);
}

/** Gives the name for a part that a later run finds again. */
export function resumablePartName(name: string): string {
  return fitting(name, suffix);
}

/** Tells whether a name was made by {@link uniquePartName}. */
export function isUniquePartName(name: string): boolean {
  return uniquePattern.test(name);
}

/** Tells whether a name is that of a part, or of the state beside one. */
export function isPartName(name: string): boolean {
  return /^\..*\.opsdeck-part(\.json)?$/s.test(name);
}

/** A hidden name; what is too long for a file system is cut, and told apart by a checksum. */
function fitting(name: string, ending: string): string {
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

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
