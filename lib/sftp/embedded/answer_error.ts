/** What a client is told of an error of the file system. The server's own paths are not. */

import { type SftpAnswer, SftpStatusCode } from "./sftp_request.ts";

const answers: readonly (readonly [new (message?: string) => Error, number, string])[] = [
  [Deno.errors.NotFound, SftpStatusCode.noSuchFile, "No such file"],
  [Deno.errors.PermissionDenied, SftpStatusCode.permissionDenied, "Permission denied"],
  [Deno.errors.NotCapable, SftpStatusCode.permissionDenied, "Permission denied"],
  [Deno.errors.AlreadyExists, SftpStatusCode.failure, "File already exists"],
  [Deno.errors.IsADirectory, SftpStatusCode.failure, "Is a directory"],
  [Deno.errors.NotADirectory, SftpStatusCode.failure, "Not a directory"],
];

/** Gives the status that stands for an error; version 3 has no more than "failure" for most. */
export function answerError(error: unknown): SftpAnswer {
  const [, code, message] = answers.find(([kind]) => error instanceof kind) ??
    [undefined, SftpStatusCode.failure, "Failure"];
  return { kind: "status", code, message };
}
