/** Connections to SFTP servers. What of it is the library's face, `lib/sftp/mod.ts` says. */

export { type PathLook, requireFree } from "./careful_changes.ts";
export { writeDirectly } from "./direct_data.ts";
export { hiddenName, randomDigits } from "./hidden_name.ts";
export type { CallOptions } from "./live_client.ts";
export { openConnection, type OpenConnectionOptions } from "./open_connection.ts";
export type * from "./operation_options.ts";
export type { Done } from "./pending_operations.ts";
export { isMissing, isTaken, remoteFileExists, remoteTaken } from "./remote_error.ts";
export { oldFileOf } from "./replace_file.ts";
export {
  type RemoteFile,
  remoteFile,
  remoteFolder,
  type RemoteKind,
  remotePath,
} from "./remote_file.ts";
export { type NameProblem, quoteName, remoteNameProblem } from "./remote_name.ts";
export { SftpConnection } from "./sftp_connection.ts";
export { describeServer, type SftpPrivateKey, type SftpTarget } from "./sftp_target.ts";
