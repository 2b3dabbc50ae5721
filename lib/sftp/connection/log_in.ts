/** Logging in: with what, and in which order. */

import { Buffer } from "node:buffer";

// @ts-types="@types/ssh2"
import type Ssh2 from "ssh2";
import { ConfigurationError, errorReason } from "../../core/mod.ts";
import type { SftpTarget } from "./sftp_target.ts";

/**
 * Offers the key, then the password. The password also answers a keyboard-interactive question, but
 * only where the server has no password method: a wrong one must not count twice towards a lock-out.
 */
export function loginOrder({ password, privateKey }: SftpTarget): Ssh2.AuthHandlerMiddleware {
  const left: Ssh2.AuthenticationType[] = [];
  if (privateKey !== undefined) left.push("publickey");
  if (password !== undefined) left.push("password", "keyboard-interactive");
  let passwordTried = false;

  return (offered: readonly Ssh2.AuthenticationType[] | null, _partly, next) => {
    for (let method = left.shift(); method !== undefined; method = left.shift()) {
      if (offered !== null && !offered.includes(method)) continue;
      if (method === "keyboard-interactive" && passwordTried) continue;
      passwordTried ||= method === "password";
      return next(method);
    }
    // The library takes false for "no more"; its types do not say so.
    Reflect.apply(next, undefined, [false]);
  };
}

/** A server that has no password method asks for the password as one hidden question. */
export function answerPrompts(client: Ssh2.Client, password: string): void {
  client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
    const [only] = prompts;
    finish(prompts.length === 1 && only?.echo !== true ? [password] : []);
  });
}

/** The library would report a key that it cannot read as a refused login. */
export function checkPrivateKey({ privateKey }: SftpTarget, ssh2: typeof Ssh2): void {
  if (privateKey === undefined) return;
  const parsed = ssh2.utils.parseKey(
    Buffer.from(privateKey.key),
    privateKey.passphrase?.reveal(),
  );
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key !== undefined && !(key instanceof Error) && key.isPrivateKey()) return;
  const reason = key instanceof Error ? errorReason(key) : "it holds no private key";
  throw new ConfigurationError(
    `Cannot use the private key as it cannot be read: ${reason}; check SFTP_PRIVATE_KEY and ` +
      "SFTP_PASSPHRASE",
    { code: "PRIVATE_KEY", cause: key },
  );
}
