/** Connecting to a server's port. */

import { TcpSocket } from "./tcp_socket.ts";

/**
 * Connects, with Nagle's algorithm off before the first byte: with it on, the protocol's many small
 * messages wait for the other side's delayed acknowledgements (4 to 37 times slower).
 */
export async function openSocket(
  { host: hostname, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<TcpSocket> {
  const connection = await Deno.connect({ hostname, port, signal });
  connection.setNoDelay(true);
  return new TcpSocket(connection);
}
