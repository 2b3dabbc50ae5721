/** The names that files have until they are whole. */

import { hiddenName, randomDigits } from "../connection/mod.ts";

const suffix = ".opsdeck-part";

/** What the names of parts look like: `.report.pdf.0123456789abcdef.opsdeck-part`. */
const uniquePattern = /^\..*\.[0-9a-f]{16}\.opsdeck-part$/s;

/** Gives a name for a part that nobody can guess or have taken, from a file's name. */
export function uniquePartName(name: string): string {
  return hiddenName(name, `.${randomDigits()}${suffix}`);
}

/** Gives the name for a part that a later run finds again. */
export function resumablePartName(name: string): string {
  return hiddenName(name, suffix);
}

/** Tells whether a name was made by {@link uniquePartName}. */
export function isUniquePartName(name: string): boolean {
  return uniquePattern.test(name);
}

/** Tells whether a name is that of a part, or of the state beside one. */
export function isPartName(name: string): boolean {
  return /^\..*\.opsdeck-part(\.json)?$/s.test(name);
}
