/** SFTP: connections, transfers, the service of the reference, the poller and signed API calls. */

export * from "./connection/mod.ts";
export * from "./file_jobs/mod.ts";
export * from "./host_keys/mod.ts";
export * from "./poller/mod.ts";
export * from "./pool/mod.ts";
export * from "./service/mod.ts";
export * from "./settings/mod.ts";
export * from "./signed_calls/mod.ts";
export * from "./transfer/mod.ts";
