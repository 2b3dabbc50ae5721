/** Connecting to SQL Server and logging in. */

import { once } from "node:events";
import type { Socket } from "node:net";
import { Connection } from "tedious";
import { toDatabaseError } from "../core/mod.ts";
import { connectTimeoutError, lostConnectionError } from "./connection_errors.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import { defaultConnectTimeoutMs } from "./driver.ts";
import { openSqlServerSocket, sqlServerConfig } from "./sqlserver_config.ts";

/** A connection that has logged in. */
export interface LoggedIn {
  /** The driver's connection. */
  connection: Connection;
  /** Whether the socket under it can still be written to. */
  isWritable(): boolean;
  /** Ends both, and resolves when the socket is closed. */
  close(): Promise<void>;
}

/**
 * Connects, encrypts as asked, and logs in, all within the target's connect timeout.
 *
 * The driver itself tries a login again, three times, when Azure says that the database is moving
 * (4060, 10928, 10929, 40197, 40501, 40613).
 *
 * @throws DatabaseConnectionError when the server cannot be reached in time.
 * @throws ConfigurationError when the target names no user, the login is refused (the server's
 * number is `error_number` in the context), or the certificate is not to be trusted.
 */
export async function logIn(target: ConnectionTarget, signal?: AbortSignal): Promise<LoggedIn> {
  signal?.throwIfAborted();
  const timeoutMs = target.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  const onTimeout = () => stop.abort(connectTimeoutError(target, timeoutMs));
  const timer = setTimeout(onTimeout, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await connect(target, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw toDatabaseError(error, { address: describeAddress(target) });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

async function connect(target: ConnectionTarget, signal: AbortSignal): Promise<LoggedIn> {
  // A refused login may be tried again, and then on a new socket.
  const sockets: Socket[] = [];
  const config = await sqlServerConfig(target, async (address) => {
    const socket = await openSqlServerSocket(address, signal);
    sockets.push(socket);
    return socket;
  });
  signal.throwIfAborted();
  const connection = new Connection(config);
  // What goes wrong reaches the caller of each query; unheard, it would end the process.
  connection.on("error", () => {});
  // The driver's error of a refused login lacks the server's number, or says that it hung up.
  let refusal: Error | undefined;
  connection.on("errorMessage", ({ message, number, class: severity }) => {
    refusal = Object.assign(new Error(message), { number, class: severity });
  });

  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  connection.connect((error) => error ? reject(error) : resolve());
  try {
    await promise;
  } catch (error) {
    connection.close();
    await closed(sockets);
    throw refusal ?? error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    connection.removeAllListeners("errorMessage");
  }
  const socket = sockets.at(-1);
  if (socket === undefined) throw lostConnectionError(target);
  // Queries have deadlines, whose timers keep the process alive while they run.
  socket.unref();
  return {
    connection,
    isWritable: () => !connection.closed && socket.writable,
    close: async () => {
      connection.close();
      await closed(sockets);
    },
  };
}

async function closed(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map(async (socket) => {
    socket.on("error", () => {});
    socket.destroy();
    if (!socket.closed) await once(socket, "close");
  }));
}
