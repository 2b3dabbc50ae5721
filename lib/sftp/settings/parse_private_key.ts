/** Private keys in the forms that people have them, made into one that logs in on Deno. */

import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
import { errorReason, type Secret } from "../../core/mod.ts";
import type { SftpPrivateKey } from "../connection/mod.ts";
import { loadSsh2 } from "../load_ssh2.ts";
import { plainEcdsaKey } from "./ecdsa_key.ts";

/** Why a file is of no use as a key. */
export type PrivateKeyProblem =
  | { kind: "no-key" | "no-passphrase" | "wrong-passphrase" }
  | { kind: "cannot-sign"; type: string; reason: string };

/**
 * Reads a key: OpenSSH's form, PEM (PKCS#1, SEC1, PKCS#8) or PuTTY's (version 2), encrypted or not.
 *
 * The SSH library cannot use every one on Deno: PEM that is encrypted or PKCS#8, and half of all
 * ECDSA keys. Those are written anew, in memory.
 */
export async function parsePrivateKey(
  bytes: Uint8Array,
  passphrase: Secret | undefined,
): Promise<SftpPrivateKey | PrivateKeyProblem> {
  const text = new TextDecoder().decode(bytes);
  const isPem = /^-----BEGIN (RSA |EC |ENCRYPTED )?PRIVATE KEY-----/m.test(text);
  const plain = isPem ? plainPem(text, passphrase) : bytes;
  if ("kind" in plain) return plain;

  const { utils: { parseKey } } = await loadSsh2();
  const parsed = parseKey(Buffer.from(plain), passphrase?.reveal());
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) return problemOf(errorReason(key), passphrase);
  if (!key?.isPrivateKey()) return { kind: "no-key" };

  const ecdsa = plainEcdsaKey(key);
  if (ecdsa !== undefined) return { key: new TextEncoder().encode(ecdsa) };
  // The types do not say that an error may be given.
  const signature: unknown = key.sign(Buffer.from("anything"));
  if (signature instanceof Error) {
    return { kind: "cannot-sign", type: key.type, reason: errorReason(signature) };
  }
  return { key: plain, ...(isPem || passphrase === undefined ? {} : { passphrase }) };
}

function plainPem(text: string, passphrase: Secret | undefined): Uint8Array | PrivateKeyProblem {
  const isEncrypted = /ENCRYPTED/.test(text);
  if (isEncrypted && passphrase === undefined) return { kind: "no-passphrase" };
  try {
    const key = createPrivateKey({
      key: text,
      format: "pem",
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
    const type = key.asymmetricKeyType === "ec" ? "sec1" : "pkcs1";
    return new TextEncoder().encode(String(key.export({ type, format: "pem" })));
  } catch {
    return { kind: isEncrypted ? "wrong-passphrase" : "no-key" };
  }
}

function problemOf(reason: string, passphrase: Secret | undefined): PrivateKeyProblem {
  if (!/encrypted|passphrase|integrity|decrypt/i.test(reason)) return { kind: "no-key" };
  return { kind: passphrase === undefined ? "no-passphrase" : "wrong-passphrase" };
}
