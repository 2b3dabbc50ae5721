/** Whether a client may log in: by its password or by its key. */

import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
// @ts-types="@types/ssh2"
import type { AuthContext, ParsedKey, PublicKeyAuthContext } from "ssh2";
import type { Secret } from "../../core/mod.ts";

/** Who may log in. */
export interface AllowedLogin {
  /** The user's name. */
  username: string;
  /** The password; without it none is accepted. */
  password: Secret | undefined;
  /** The public keys. */
  keys: readonly ParsedKey[];
}

/** What a login is worth: `known-key` asks the client to prove that it has the key. */
export type LoginVerdict = "accepted" | "known-key" | "refused";

/** Judges one attempt of a client. */
export function checkLogin(attempt: AuthContext, allowed: AllowedLogin): LoginVerdict {
  if (!isSame(attempt.username, allowed.username)) return "refused";
  switch (attempt.method) {
    case "password": {
      const isRight = allowed.password !== undefined &&
        isSame(attempt.password, allowed.password.reveal());
      return isRight ? "accepted" : "refused";
    }
    case "publickey":
      return checkKey(attempt, allowed.keys);
    default:
      return "refused";
  }
}

function checkKey(attempt: PublicKeyAuthContext, keys: readonly ParsedKey[]): LoginVerdict {
  const { key: { data }, blob, signature, hashAlgo } = attempt;
  const key = keys.find((known) => known.getPublicSSH().equals(data));
  if (key === undefined) return "refused";
  if (signature === undefined || blob === undefined) return "known-key";
  return key.verify(blob, signature, hashAlgo) ? "accepted" : "refused";
}

/** Compares in a time that tells nothing about where texts differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
