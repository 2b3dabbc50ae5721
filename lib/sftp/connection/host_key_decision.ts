/** Asking whether a server's host key is trusted. */

import type { Buffer } from "node:buffer";
import type { SftpTarget } from "./sftp_target.ts";

/**
 * Asks whether the host key is trusted. An answer that comes later than at once must not come within
 * the library's own work: on Deno promises go on in the midst of its key exchange, which then waits
 * for ever.
 */
export function decideOnHostKey(
  target: SftpTarget,
  key: Buffer,
  verify: (trusted: boolean) => void,
  fail: (error: unknown) => void,
): void {
  const answer = (trusted: boolean) => {
    try {
      verify(trusted);
    } catch (error) {
      fail(error); // the connection went while it was thought about
    }
  };
  const refuse = (error: unknown) => {
    fail(error);
    answer(false);
  };
  try {
    const trusted = target.verifyHostKey(new Uint8Array(key));
    if (typeof trusted === "boolean") return answer(trusted);
    trusted.then(
      (later) => setTimeout(answer, 0, later),
      (error) => setTimeout(refuse, 0, error),
    );
  } catch (error) {
    refuse(error);
  }
}
