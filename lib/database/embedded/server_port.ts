/** Ports of the loopback interface, and who answers there. */

/** The only address that the embedded server listens on. */
export const loopback = "127.0.0.1";

/** Gives a port of 127.0.0.1 that nothing listens on at this moment. */
export function findFreePort(): number {
  using listener = Deno.listen({ hostname: loopback, port: 0 });
  return listener.addr.port;
}

/** Tells whether nothing listens on a port of 127.0.0.1 at this moment. */
export function isPortFree(port: number): boolean {
  try {
    Deno.listen({ hostname: loopback, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** What is found on a port: a PostgreSQL server, nothing, or something that does not say. */
export type PortAnswer = "postgres" | "refused" | "silent";

// Section "Message Formats" of the PostgreSQL manual, SSLRequest: length 8, code 80877103.
const sslRequest = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks whether a PostgreSQL server listens on a port of 127.0.0.1, without logging in. Waits
 * `timeoutMs` (default 2000) for an answer.
 */
export async function probePort(port: number, timeoutMs = 2000): Promise<PortAnswer> {
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname: loopback, port });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return "refused";
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "silent";
  }
  // Closing the connection ends the read below.
  const timer = setTimeout(() => connection.close(), timeoutMs);
  try {
    await connection.write(sslRequest);
    const answer = new Uint8Array(1);
    const length = await connection.read(answer);
    const letter = String.fromCharCode(answer[0] ?? 0);
    return length === 1 && (letter === "N" || letter === "S") ? "postgres" : "silent";
  } catch {
    return "silent";
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer has closed it.
    }
  }
}
