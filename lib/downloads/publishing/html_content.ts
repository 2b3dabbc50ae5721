/** Telling a web page that came in a file's place from the file. */

import { toFileError } from "../../core/mod.ts";

const lookedAtBytes = 512;

/**
 * Tells whether a file begins as a web page does.
 *
 * Source: WHATWG MIME Sniffing §7.1, the patterns of text/html that begin a whole page.
 */
export async function looksLikeHtml(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    const block = new Uint8Array(lookedAtBytes);
    const count = await file.read(block);
    const text = new TextDecoder().decode(block.subarray(0, count ?? 0));
    return /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body|title|script)[\s>]/i.test(
      text,
    );
  } catch (error) {
    throw toFileError(error, "read", path);
  }
}
