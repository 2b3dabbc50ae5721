/** An SFTP server inside this process, on the loopback interface, over one folder. */

import { createServer, type Server as SocketServer, type Socket } from "node:net";
// @ts-types="@types/ssh2"
import type { Connection, ParsedKey, Session } from "ssh2";
import { ConfigurationError, errorReason, NetworkError, type Secret } from "../../core/mod.ts";
import { fingerprintOf } from "../host_keys/mod.ts";
import { loadSsh2 } from "../load_ssh2.ts";
import { type AllowedLogin, checkLogin } from "./check_login.ts";
import { serveChannel } from "./serve_channel.ts";
import { ServedFiles } from "./served_files.ts";
import type { SftpServerHooks } from "./sftp_request.ts";
import { generateSshKey } from "./ssh_key.ts";

/** What is served, and to whom. */
export interface EmbeddedSftpServerOptions {
  /** The folder that clients see as `/`. It must exist. */
  root: string;
  /** The name to log in with. */
  username: string;
  /** The password to log in with. By default none is accepted. */
  password?: Secret;
  /** Public keys to log in with, as lines of `authorized_keys`. */
  authorizedKeys?: readonly string[];
  /** The server's own private key. Defaults to a fresh one. */
  hostKey?: string;
  /** The port on 127.0.0.1. Defaults to a free one. */
  port?: number;
  /** Looks at what clients do. */
  hooks?: SftpServerHooks;
}

/** A running server; disposing hangs up on its clients and ends it. */
export interface EmbeddedSftpServer extends AsyncDisposable {
  /** Its address, `127.0.0.1`. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** What clients should see: `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly hostKeyFingerprint: string;
  /** The host key as `known_hosts` has it after the name: kind and base64. */
  readonly hostPublicKey: string;
  /** The connections of clients. */
  readonly sockets: ReadonlySet<Socket>;
  /** Begins to talk to a client that a hook had waiting. */
  greet(socket: Socket): void;
}

/**
 * Starts a server that speaks version 3 of SFTP, without extensions. Links are followed only
 * within the folder and not made; owners are not changed. It binds to 127.0.0.1 only.
 *
 * @throws ConfigurationError when a key cannot be read; NetworkError when the port is taken;
 *   Deno.errors.NotFound when there is no such folder
 */
export async function startEmbeddedSftpServer(
  options: EmbeddedSftpServerOptions,
): Promise<EmbeddedSftpServer> {
  const { username, password, authorizedKeys = [], hooks = {} } = options;
  const { Server, utils: { parseKey } } = await loadSsh2();
  const readKey = (text: string): ParsedKey => {
    const key = parseKey(text);
    if (!(key instanceof Error)) return key;
    throw new ConfigurationError(
      `Cannot start the SFTP server as a key cannot be read: ${errorReason(key)}`,
    );
  };
  const root = await Deno.realPath(options.root);
  const hostKey = options.hostKey ?? (await generateSshKey()).privateKey;
  const publicHostKey = readKey(hostKey).getPublicSSH();
  const allowed = { username, password, keys: authorizedKeys.map(readKey) };

  const channels = new Set<Promise<void>>();
  const sshServer = new Server({ hostKeys: [hostKey], ident: "opsdeck" }, (client) => {
    attend(client, allowed, hooks, (channel) => {
      channels.add(channel);
      channel.finally(() => channels.delete(channel));
    }, root);
  });
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Whoever hangs up in the middle is no trouble of the server's.
    socket.on("error", () => {});
    socket.setNoDelay(true);
    if (hooks.onConnection?.(socket) !== false) sshServer.injectSocket(socket);
  });
  const port = await listen(listener, options.port ?? 0);

  return {
    host: "127.0.0.1",
    port,
    hostKeyFingerprint: fingerprintOf(publicHostKey),
    hostPublicKey: `${readKey(hostKey).type} ${publicHostKey.toString("base64")}`,
    sockets,
    greet: (socket) => sshServer.injectSocket(socket),
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      listener.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      await promise;
      await Promise.all(channels);
    },
  };
}

function attend(
  client: Connection,
  allowed: AllowedLogin,
  hooks: SftpServerHooks,
  track: (channel: Promise<void>) => void,
  root: string,
): void {
  let openChannels = 0;
  client.on("error", () => {});
  client.on("authentication", (attempt) => {
    const verdict = checkLogin(attempt, allowed);
    const isFinal = verdict === "accepted";
    if (verdict === "refused" || (isFinal && hooks.onLogin?.(attempt.username) === false)) {
      attempt.reject(["password", "publickey"]);
    } else attempt.accept();
  });
  client.on("session", (accept, reject) => {
    if (hooks.onChannel?.(openChannels) === false) return reject();
    openChannels++;
    const session: Session = accept();
    session.on("sftp", (acceptSftp) => {
      const files = new ServedFiles(root);
      const serving = serveChannel(acceptSftp(), (request) => {
        const proceed = () => files.answer(request);
        return hooks.onRequest?.(request, proceed) ?? proceed();
      });
      track(serving.finally(() => {
        openChannels--;
        files[Symbol.dispose]();
      }));
    });
  });
}

async function listen(server: SocketServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new NetworkError(
          `Cannot start the SFTP server on port ${port} as it failed: ${errorReason(error)}; ` +
            "choose another port",
          { retryable: false, cause: error },
        ),
      ));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("No TCP address");
  return address.port;
}
