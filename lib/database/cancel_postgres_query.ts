/** https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS */

import { once } from "node:events";
import type { ConnectionTarget } from "./connection_target.ts";
import { openPostgresSocket } from "./postgres_socket.ts";

/** How the server knows one of its connections. */
export interface PostgresBackend {
  /** The number of its process. */
  pid: number;
  /** What a cancel must know besides. */
  secret: number;
}

/**
 * Asks the server to stop what a connection runs, over a connection of its own. Resolves when the
 * server has taken the request, so that it cannot hit a later query.
 *
 * @throws whatever connecting throws, and the signal's reason.
 */
export async function cancelPostgresQuery(
  target: ConnectionTarget,
  backend: PostgresBackend,
  signal: AbortSignal,
): Promise<void> {
  const socket = await openPostgresSocket(target, signal);
  try {
    const request = new DataView(new ArrayBuffer(16));
    request.setInt32(0, 16);
    request.setInt32(4, 80877102);
    request.setInt32(8, backend.pid);
    request.setInt32(12, backend.secret);
    const closed = once(socket, "close", { signal });
    socket.resume();
    socket.write(new Uint8Array(request.buffer));
    await closed;
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}
