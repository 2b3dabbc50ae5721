/** ECDSA keys in a form that Deno can sign with. */

import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
// @ts-types="@types/ssh2"
import type { ParsedKey } from "ssh2";

/** JSON Web Key's names of the curves (RFC 7518 §6.2.1.1) and the bytes of a coordinate. */
const curves: Readonly<Record<string, readonly [name: string, bytes: number]>> = {
  "ecdsa-sha2-nistp256": ["P-256", 32],
  "ecdsa-sha2-nistp384": ["P-384", 48],
};

/**
 * Writes an ECDSA key anew, as PEM without a passphrase; undefined for keys of other kinds.
 *
 * OpenSSH's form has the secret number with a leading zero where its first bit is set, half of all
 * keys. The SSH library keeps the zero, which Deno's cryptography refuses (RFC 5915 §3 has the
 * length fixed).
 */
export function plainEcdsaKey(key: ParsedKey): string | undefined {
  const curve = curves[key.type];
  if (curve === undefined) return undefined;
  const [crv, bytes] = curve;
  const point = key.getPublicSSH().subarray(-2 * bytes);
  const jwk = {
    kty: "EC",
    crv,
    d: secretNumber(key.getPrivatePEM(), bytes).toString("base64url"),
    x: point.subarray(0, bytes).toString("base64url"),
    y: point.subarray(bytes).toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "sec1", format: "pem" })
    .toString();
}

/** Reads the octet string of `SEQUENCE { INTEGER 1, OCTET STRING, … }` (RFC 5915 §3). */
function secretNumber(pem: string, bytes: number): Buffer {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const sequenceLength = der[1] ?? 0;
  const integerAt = 2 + (sequenceLength > 0x80 ? sequenceLength - 0x80 : 0);
  const octetsAt = integerAt + 2 + (der[integerAt + 1] ?? 0);
  const octets = der.subarray(octetsAt + 2, octetsAt + 2 + (der[octetsAt + 1] ?? 0));
  return Buffer.concat([Buffer.alloc(bytes), octets]).subarray(-bytes);
}
