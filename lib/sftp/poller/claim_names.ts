/** The names that a claimed file gets. */

const maxNameBytes = 255;

/** Numbered names that are tried before one that nobody else can have. */
const lastNumber = 5;

/**
 * Gives the name under which a file is parked until it has its place: nobody else makes it, so that
 * whoever finds the file under it knows whose it is. It is hidden from `*` and ends as the files
 * do that a server may be told to accept.
 */
export function parkedName(claimId: string): string {
  return `.claim-${claimId}.pdf`;
}

/** Tells whether a file may have been parked by any poller. */
export function isParkedName(name: string): boolean {
  return /^\.claim-[0-9a-f-]{36}\.pdf$/.test(name);
}

/**
 * Gives the names to try in turn for a claimed file: its own, then `name-2.pdf` to `name-5.pdf`,
 * then one with the claim's id, which is free. None of the others is longer than 255 bytes.
 *
 * @param name a name that ends in `.pdf`, in any case
 */
export function placeNames(name: string, claimId: string): string[] {
  const numbers = Array.from({ length: lastNumber - 1 }, (_, index) => String(index + 2));
  return [name, ...[...numbers, claimId].map((suffix) => withSuffix(name, suffix))];
}

function withSuffix(name: string, suffix: string): string {
  const extension = name.slice(-".pdf".length);
  const stem = name.slice(0, -extension.length);
  const room = maxNameBytes - byteLength(`-${suffix}${extension}`);
  return `${cutToBytes(stem, room)}-${suffix}${extension}`;
}

function cutToBytes(text: string, maxBytes: number): string {
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
