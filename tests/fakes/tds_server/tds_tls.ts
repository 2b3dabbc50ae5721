/** TLS inside of TDS: the handshake travels in prelogin packets, what follows does not. */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { messageTypes, toPackets } from "./tds_packets.ts";

/** What the server proves its name with, as PEM texts. */
export interface ServerCertificate {
  /** The private key. */
  key: string;
  /** The certificate. */
  cert: string;
}

/** Encrypts connections; disposing stops it. */
export interface TlsBridge extends AsyncDisposable {
  /**
   * Gives the decrypted stream of a client that begins its handshake now, in prelogin packets or,
   * where it is strict, without.
   */
  secure(client: Socket, isStrict?: boolean): Promise<TLSSocket>;
}

const headerLength = 8;

/** A TLS server of its own on loopback, since Deno cannot put a server's TLS on a stream. */
export async function startTlsBridge(certificate: ServerCertificate): Promise<TlsBridge> {
  const waiting = new Map<number, (secured: TLSSocket) => void>();
  const options = { ...certificate, maxVersion: "TLSv1.2" as const, ALPNProtocols: ["tds/8.0"] };
  const server = createServer(options, (secured) => {
    waiting.get(secured.remotePort ?? 0)?.(secured);
  });
  // A client that does not trust the certificate hangs up.
  server.on("tlsClientError", (_error, secured) => secured.destroy());
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No address");

  return {
    async secure(client, isStrict = false) {
      const inner = connect(address.port, "127.0.0.1");
      join(client, inner, isStrict);
      return await new Promise((resolve, reject) => {
        inner.on("connect", () => waiting.set(inner.localPort ?? 0, resolve));
        inner.on("close", () => {
          waiting.delete(inner.localPort ?? 0);
          reject(new Error("The client hung up during the handshake"));
        });
      });
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(client: Socket, inner: Socket, isStrict: boolean): void {
  const unwrap = unwrapper(isStrict);
  client.on("data", (chunk: Buffer) => inner.write(unwrap.read(chunk)));
  inner.on("data", (chunk: Buffer) => {
    client.write(unwrap.isOver ? chunk : toPackets(chunk, messageTypes.prelogin));
  });
  client.resume();
  for (const [one, other] of [[client, inner], [inner, client]] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

/** Takes the handshake out of its packets, until the first bytes come that are in none. */
function unwrapper(isStrict: boolean): { isOver: boolean; read(chunk: Buffer): Buffer } {
  let rest: Buffer = Buffer.alloc(0);
  return {
    isOver: isStrict,
    read(chunk) {
      if (this.isOver) return chunk;
      rest = Buffer.concat([rest, chunk]);
      const parts: Buffer[] = [];
      while (rest.length >= headerLength && rest[0] === messageTypes.prelogin) {
        const length = rest.readUInt16BE(2);
        if (rest.length < length) return Buffer.concat(parts);
        parts.push(rest.subarray(headerLength, length));
        rest = rest.subarray(length);
      }
      if (rest.length > 0 && rest[0] !== messageTypes.prelogin) {
        this.isOver = true;
        parts.push(rest);
      }
      return Buffer.concat(parts);
    },
  };
}
