/** The embedded PostgreSQL: a real server for development, quick start and tests. */

export {
  type EmbeddedPermissions,
  embeddedPermissions,
  type EmbeddedWork,
  packageCacheFolder,
} from "./embedded_permissions.ts";
export { type EmbeddedStatus, embeddedStatus } from "./embedded_status.ts";
export { embeddedTarget } from "./embedded_target.ts";
export { initCluster, type InitClusterOptions } from "./init_cluster.ts";
export { fetchServerPackage, installServerBinaries } from "./server_binaries.ts";
export { type ServerAccount, serverAccount } from "./server_account.ts";
export {
  type ClusterFiles,
  startServer,
  type StopMode,
  stopServer,
  type StopServerOptions,
} from "./server_control.ts";
export { descriptionPath, type EmbeddedServer } from "./server_description.ts";
export { postgresHome, type ServerPaths, serverPaths } from "./server_paths.ts";
export { findFreePort } from "./server_port.ts";
export { randomPassword, type StartedServer, startEmbedded } from "./start_embedded.ts";
export { stopEmbedded, type StopEmbeddedOptions } from "./stop_embedded.ts";
