/** The key of a Standard Webhooks signature. */

import { ConfigurationError, type Secret } from "../../core/mod.ts";

const encodedPrefix = "whsec_";

/**
 * Gives the bytes of a signing secret: one that begins with `whsec_` is base64 after it, any other
 * is its UTF-8 bytes.
 *
 * Source: Standard Webhooks, "Signature scheme".
 *
 * @throws ConfigurationError when the secret is empty, or `whsec_` is not followed by base64; the
 * message does not show it.
 */
export function signingKey(secret: Secret): Uint8Array<ArrayBuffer> {
  const text = secret.reveal();
  const key = text.startsWith(encodedPrefix)
    ? decodeBase64(text.slice(encodedPrefix.length))
    : new TextEncoder().encode(text);
  if (key.length > 0) return key;
  throw new ConfigurationError(
    "Cannot sign calls as the secret is empty; set API_SECRET to the secret that the receiver has",
  );
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new ConfigurationError(
      `Cannot sign calls as the secret is not base64 after "${encodedPrefix}"; ` +
        "set API_SECRET to the whole secret that the receiver gave out",
    );
  }
}
