/** Judging errors, and reporting them. */

export * from "./categorize_error.ts";
export * from "./error_context.ts";
export * from "./error_handler.ts";
export * from "./error_response.ts";
export * from "./json_safe.ts";
