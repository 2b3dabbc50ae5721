/** What the drivers of databases and SFTP throw, turned into errors of the tree. */

export * from "./convert_errors.ts";
export { type SftpStatus, sftpStatus } from "./ssh_error_codes.ts";
export { isCertificateError } from "./tls_error_codes.ts";
export * from "./to_database_error.ts";
export * from "./to_sftp_error.ts";
