/** The ground that every subject stands on. The command-line kit has a face of its own. */

export type * from "./check_finding.ts";
export * from "./config/mod.ts";
export * from "./durable_files/mod.ts";
export * from "./errors/drivers/mod.ts";
export * from "./errors/handling/mod.ts";
export * from "./errors/mod.ts";
export * from "./delay.ts";
export { bakedFlags, howToStart, runsAsExecutable } from "./executable.ts";
export {
  configureLogging,
  type LoggingOptions,
  type LogSettings,
  readLogSettings,
} from "./log_settings.ts";
export { freeBytes } from "./free_bytes.ts";
export { inParallel } from "./in_parallel.ts";
export { getLogger, type Log, withLogContext } from "./logging.ts";
export * from "./retry.ts";
export { retryAfterMs } from "./retry_after.ts";
export * from "./secret.ts";
export { testedDenoVersion, version } from "./version.ts";
