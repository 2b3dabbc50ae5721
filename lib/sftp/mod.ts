/** SFTP: connections, transfers, the service of the reference, the poller and signed API calls. */

export {
  type CallOptions,
  describeServer,
  type Done,
  isMissing,
  isTaken,
  type MkdirOptions,
  type NameProblem,
  openConnection,
  type OpenConnectionOptions,
  type OperationOptions,
  type PathLook,
  quoteName,
  type RemoteFile,
  remoteFileExists,
  remoteFolder,
  type RemoteKind,
  remoteNameProblem,
  remotePath,
  requireFree,
  SftpConnection,
  type SftpPrivateKey,
  type SftpTarget,
} from "./connection/mod.ts";
export { checkDocumentApi } from "./check_document_api.ts";
export { checkSftpServer } from "./check_sftp_server.ts";
export * from "./file_jobs/mod.ts";
export { fingerprintOf } from "./host_keys/mod.ts";
export * from "./poller/mod.ts";
export * from "./pool/mod.ts";
export * from "./service/mod.ts";
export * from "./settings/mod.ts";
export {
  callRefused,
  callSignedApi,
  documentBody,
  type DocumentFile,
  type DocumentPayload,
  parseApiAddress,
  type SignatureHeaders,
  type SignedCall,
  type SignedCallOptions,
  type SignedMessage,
  signPayload,
} from "./signed_calls/mod.ts";
export * from "./transfer/mod.ts";
