/** Connections that are kept and shared. */

export {
  ConnectionPool,
  type ConnectionPoolOptions,
  type PoolGetOptions,
} from "./connection_pool.ts";
