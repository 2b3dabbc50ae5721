/** The ground that every subject stands on. The command-line kit has a face of its own. */

export * from "./config/mod.ts";
export * from "./durable_files/mod.ts";
export * from "./errors/mod.ts";
export * from "./delay.ts";
export { configureLogging, type LoggingOptions } from "./log_settings.ts";
export { getLogger, type Log, withLogContext } from "./logging.ts";
export * from "./retry.ts";
export * from "./secret.ts";
export { version } from "./version.ts";
