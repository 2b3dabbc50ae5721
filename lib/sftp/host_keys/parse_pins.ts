/** The fingerprints that a server may show. */

/**
 * Parses one fingerprint, or several separated by commas as when a server's key is being changed:
 * `SHA256:` and 43 characters of base64, as `ssh-keygen -l` prints them.
 *
 * @returns undefined when it is something else
 */
export function parsePins(text: string): string[] | undefined {
  const pins = text.split(",").map((pin) => pin.trim().replace(/=$/, ""));
  return pins.every((pin) => /^SHA256:[\w+/]{43}$/.test(pin)) ? pins : undefined;
}
