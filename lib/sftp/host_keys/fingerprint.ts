/** What people and files call a host key. A key is given in SSH's wire format (RFC 4253 §6.6). */

import { createHash } from "node:crypto";

/** Gives a key's fingerprint as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replaceAll("=", "")}`;
}

/** Gives a key's kind, such as `ssh-ed25519`; an empty text when it has none. */
export function hostKeyType(key: Uint8Array): string {
  if (key.length < 4) return "";
  const length = new DataView(key.buffer, key.byteOffset).getUint32(0);
  return length > key.length - 4 ? "" : new TextDecoder().decode(key.subarray(4, 4 + length));
}
