/** Connections to SFTP servers. */

export type { CallOptions } from "./live_client.ts";
export { openConnection, type OpenConnectionOptions } from "./open_connection.ts";
export type * from "./operation_options.ts";
export type { Done } from "./pending_operations.ts";
export { isMissing, isTaken, remoteFileExists } from "./remote_error.ts";
export { type RemoteFile, remoteFolder, type RemoteKind, remotePath } from "./remote_file.ts";
export { type NameProblem, quoteName, remoteNameProblem } from "./remote_name.ts";
export { SftpConnection } from "./sftp_connection.ts";
export { describeServer, type SftpPrivateKey, type SftpTarget } from "./sftp_target.ts";
