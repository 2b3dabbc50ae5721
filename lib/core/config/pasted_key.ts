/** The text of a key in the place of a path to it, which must be shown nowhere. */

import { ConfigurationError } from "../errors/error_classes.ts";

/** The first lines of keys and certificates: PEM and OpenSSH, ssh.com, and PuTTY. */
const beginning = /-{4,5} ?BEGIN |PuTTY-User-Key-File-/;

/** Whether a text is a key or a certificate, and no path to one. */
export function isPastedKey(text: string): boolean {
  return beginning.test(text);
}

/**
 * Refuses a setting that is no secret and holds a key nevertheless, which is often pasted where its
 * path is wanted.
 *
 * @param source what supplied it
 * @throws ConfigurationError that names the source, and never holds the text.
 */
export function refusePastedKey(source: string, text: string): void {
  if (!isPastedKey(text)) return;
  throw new ConfigurationError(
    `Cannot use ${source} as it is a key and not a path to one; put it in a file of mode 600 and ` +
      "name that",
    { context: { setting: source } },
  );
}
