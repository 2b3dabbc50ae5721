/**
 * The socket under a PostgreSQL connection, encrypted as asked. The driver's own way ends in an
 * endless reconnect where something accepts and hangs up (a port forwarder without its server),
 * and cannot be stopped while it connects.
 * https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-SSL
 */

import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { ConfigurationError, DatabaseConnectionError } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress, isSocketFolder } from "./connection_target.ts";
import { readAuthorities } from "./read_authorities.ts";

const sslRequest = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Connects to the target's server, up to and with the TLS handshake.
 *
 * @throws ConfigurationError when TLS is asked for and the server has none, or its certificate is
 * not to be trusted.
 * @throws DatabaseConnectionError when the server hangs up during the handshake.
 */
export async function openPostgresSocket(
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port, tls } = target;
  const socket = isSocketFolder(host)
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    if (tls.mode === "disable" || isSocketFolder(host)) return socket;
    if (await offersTls(socket, target, signal)) return await encrypt(socket, target, signal);
    if (tls.mode === "prefer") return socket;
    throw new ConfigurationError(
      `Cannot connect to ${describeAddress(target)} as the server has no TLS and sslmode is ` +
        `"${tls.mode}"; turn TLS on in the server, or set sslmode=disable`,
      { code: "TLS" },
    );
  } catch (error) {
    // What comes after the error that is thrown belongs to nobody.
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  }
}

/** Asks for TLS, and gives whether the server has it. */
async function offersTls(
  socket: Socket,
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<boolean> {
  socket.write(sslRequest);
  const hangUp = new AbortController();
  const onClose = () =>
    hangUp.abort(
      new DatabaseConnectionError(
        `Cannot connect to ${describeAddress(target)} as the server hung up; check that ` +
          "PostgreSQL runs there",
      ),
    );
  socket.once("close", onClose);
  try {
    const [answer]: Buffer[] = await once(socket, "data", {
      signal: AbortSignal.any([signal, hangUp.signal]),
    });
    const letter = answer?.toString("latin1");
    // More than one byte before the handshake would be an injection (CVE-2021-23222).
    if (letter === "S" || letter === "N") return letter === "S";
    throw new DatabaseConnectionError(
      `Cannot connect to ${describeAddress(target)} as it does not answer as PostgreSQL does; ` +
        "check the host and the port",
    );
  } catch (error) {
    throw hangUp.signal.aborted ? hangUp.signal.reason : error;
  } finally {
    socket.removeListener("close", onClose);
  }
}

async function encrypt(
  socket: Socket,
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = connectTls(await tlsOptions(socket, target));
  try {
    await once(secure, "secureConnect", { signal });
    return secure;
  } catch (error) {
    secure.on("error", () => {});
    secure.destroy();
    if (signal.aborted || !isVerificationError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      `Cannot trust the certificate of ${describeAddress(target)} as ${reason}; give the ` +
        "authority's file as sslrootcert, or name the host as its certificate does",
      { code: "TLS", cause: error },
    );
  }
}

async function tlsOptions(socket: Socket, target: ConnectionTarget): Promise<ConnectionOptions> {
  const { mode, caFile, serverName = target.host } = target.tls;
  const verified = mode === "verify-ca" || mode === "verify-full";
  return {
    socket,
    rejectUnauthorized: verified,
    ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
    ...(verified && caFile !== undefined
      ? { ca: await readAuthorities(caFile, "sslrootcert") }
      : {}),
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
}

/** Errors of the network carry its codes; the rest come from looking at the certificate. */
function isVerificationError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return !/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code);
}
