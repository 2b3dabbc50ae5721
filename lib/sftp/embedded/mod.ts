/** A small SFTP server for tours, samples and tests. Needs no program besides opsdeck. */

export {
  type EmbeddedSftpServer,
  type EmbeddedSftpServerOptions,
  startEmbeddedSftpServer,
} from "./embedded_sftp_server.ts";
export { generateSshKey, type SshKey, type SshKeyOptions } from "./ssh_key.ts";
export type {
  SftpAnswer,
  SftpAttributes,
  SftpEntry,
  SftpRequest,
  SftpServerHooks,
} from "./sftp_request.ts";
export { SftpStatusCode } from "./sftp_request.ts";
