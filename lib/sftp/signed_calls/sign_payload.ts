/** Signatures by the Standard Webhooks specification. */

import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import type { Secret } from "../../core/mod.ts";
import { signingKey } from "./signing_key.ts";

/** What is signed. */
export interface SignedMessage {
  /** The message's id: the same however often it is sent, so that the receiver can deduplicate. */
  id: string;
  /** When this attempt is made. */
  timestamp: Date;
  /** The body, exactly as it is sent. */
  body: string;
}

/** The headers of a signed message. */
export interface SignatureHeaders extends Record<string, string> {
  /** The message's id. */
  "webhook-id": string;
  /** The time of the attempt in whole seconds since 1970. */
  "webhook-timestamp": string;
  /** `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`. */
  "webhook-signature": string;
}

/**
 * Signs a message and gives the headers to send with it.
 *
 * Source: https://github.com/standard-webhooks/standard-webhooks, "Webhook headers".
 *
 * @param secret `whsec_` and base64, or any other text, whose UTF-8 bytes are the key
 * @throws ConfigurationError when the secret cannot be a key.
 */
export function signPayload(message: SignedMessage, secret: Secret): SignatureHeaders {
  const seconds = String(Math.floor(message.timestamp.getTime() / 1000));
  const signature = createHmac("sha256", Buffer.from(signingKey(secret)))
    .update(`${message.id}.${seconds}.${message.body}`)
    .digest("base64");
  return {
    "webhook-id": message.id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${signature}`,
  };
}
