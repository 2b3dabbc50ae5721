/** The error tree of opsdeck, and what every part of it needs to tell errors apart. */

export * from "./errno_codes.ts";
export * from "./error_classes.ts";
export * from "./error_fields.ts";
export * from "./opsdeck_error.ts";
export * from "./permission_missing.ts";
export * from "./to_file_error.ts";
