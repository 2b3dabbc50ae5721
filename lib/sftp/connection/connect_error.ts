/** Why a connection did not come about. */

import {
  errorReason,
  numberField,
  OpsdeckError,
  SFTPConnectionError,
  toSftpError,
} from "../../core/mod.ts";
import { describeServer, type SftpTarget } from "./sftp_target.ts";

/** Turns what connecting failed with into one of our errors. */
export function connectError(error: unknown, target: SftpTarget): Error {
  const plain = toSftpError(asDisconnect(error));
  if (plain instanceof OpsdeckError && plain === error) return plain;
  if (!(plain instanceof SFTPConnectionError)) {
    return plain instanceof OpsdeckError && plain.code === "SFTP_FAILED"
      ? lost(target, error)
      : plain;
  }
  return plain.code === "SSH_INCOMPATIBLE" ? plain : lost(target, error);
}

function lost(target: SftpTarget, error: unknown): SFTPConnectionError {
  return new SFTPConnectionError(
    `Cannot connect to ${describeServer(target)} as ${errorReason(error)}; check that the server ` +
      "is up and that host and port are right, then run this again",
    { cause: error, context: { host: target.host, port: target.port } },
  );
}

/**
 * A server that says goodbye does so with a number of its own (RFC 4253 §11.1), which is none of
 * those that SFTP gives to files.
 */
function asDisconnect(error: unknown): unknown {
  if (!(error instanceof Error) || numberField(error, "code") === undefined) return error;
  const goodbye = new Error(error.message, { cause: error.cause });
  // OpenSSH counts the attempts of a login, and hangs up at its limit.
  const isLogin = /too many authentication failures/i.test(error.message);
  return isLogin ? Object.assign(goodbye, { level: "client-authentication" }) : goodbye;
}
