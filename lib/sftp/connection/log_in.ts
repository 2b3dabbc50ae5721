/** The order in which ways of logging in are tried. */

// @ts-types="@types/ssh2"
import type { AuthenticationType, AuthHandlerMiddleware } from "ssh2";
import type { SftpTarget } from "./sftp_target.ts";

/**
 * Offers the key, then the password. The password also answers a keyboard-interactive question, but
 * only where the server has no password method: a wrong one must not count twice towards a lock-out.
 */
export function loginOrder({ password, privateKey }: SftpTarget): AuthHandlerMiddleware {
  const left: AuthenticationType[] = [];
  if (privateKey !== undefined) left.push("publickey");
  if (password !== undefined) left.push("password", "keyboard-interactive");
  let passwordTried = false;

  return (offered: readonly AuthenticationType[] | null, _partly, next) => {
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
