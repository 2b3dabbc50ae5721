/** The error tree of opsdeck, what turns other errors into it, and how errors are reported. */

export * from "./categorize_error.ts";
export * from "./convert_errors.ts";
export * from "./database_trouble.ts";
export * from "./errno_codes.ts";
export * from "./error_classes.ts";
export * from "./error_context.ts";
export * from "./error_fields.ts";
export * from "./error_handler.ts";
export * from "./error_response.ts";
export * from "./json_safe.ts";
export * from "./opsdeck_error.ts";
export * from "./permission_missing.ts";
export * from "./postgres_error_codes.ts";
export * from "./sqlserver_error_codes.ts";
export * from "./ssh_error_codes.ts";
export { isCertificateError } from "./tls_error_codes.ts";
export * from "./to_database_error.ts";
export * from "./to_file_error.ts";
export * from "./to_sftp_error.ts";
