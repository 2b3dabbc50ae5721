/** Connecting to an SFTP server. */

import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
// @ts-types="@types/ssh2"
import type Ssh2 from "ssh2";
import { SFTPConnectionError, withDeadline } from "../../core/mod.ts";
import { loadSsh2 } from "../load_ssh2.ts";
import { releaseCiphers } from "../release_ciphers.ts";
import { usePacketCiphers } from "./cipher/use_packet_ciphers.ts";
import { connectError } from "./connect_error.ts";
import { decideOnHostKey } from "./host_key_decision.ts";
import { LiveClient } from "./live_client.ts";
import { answerPrompts, checkPrivateKey, loginOrder } from "./log_in.ts";
import { openSocket } from "./open_socket.ts";
import { SftpConnection } from "./sftp_connection.ts";
import { describeServer, type SftpTarget, sftpTimes } from "./sftp_target.ts";
import { hostKeyAlgorithms, sshAlgorithms } from "./ssh_algorithms.ts";
import type { TcpSocket } from "./tcp_socket.ts";

/** How {@link openConnection} may end early. */
export interface OpenConnectionOptions {
  /** Ends the attempt; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Connects to a server, logs in and opens an SFTP channel.
 *
 * A connection is never reused after its death: the library's clients carry late events of their
 * first life into the next.
 *
 * @throws SFTPConnectionError when the server cannot be reached, hangs up, or needs longer than
 * `connectTimeoutMs`; code `SSH_INCOMPATIBLE`, not retryable, when no algorithm suits both.
 * @throws ConfigurationError when the login (`LOGIN_REFUSED`), the private key or its passphrase
 * (`PRIVATE_KEY`) or the host key (`HOST_KEY`) is refused, or what `verifyHostKey` throws.
 */
export async function openConnection(
  target: SftpTarget,
  options: OpenConnectionOptions = {},
): Promise<SftpConnection> {
  const { connectTimeoutMs = sftpTimes.connectTimeoutMs } = target;
  const ssh2 = await loadSsh2();
  const client = new ssh2.Client();
  // Late errors of a refused or dead connection have been reported already.
  client.on("error", () => {});
  checkPrivateKey(target, ssh2);
  try {
    return await withDeadline((signal) => connect(client, target, signal), {
      ms: connectTimeoutMs,
      signal: options.signal,
      onTimeout: () =>
        new SFTPConnectionError(
          `Cannot connect to ${describeServer(target)} as the server did not answer within ` +
            `${connectTimeoutMs} ms; check host, port and network, then run this again`,
          { context: { host: target.host, port: target.port } },
        ),
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function connect(
  client: Ssh2.Client,
  target: SftpTarget,
  signal: AbortSignal,
): Promise<SftpConnection> {
  const { keepaliveIntervalMs = sftpTimes.keepaliveIntervalMs } = target;
  let socket: TcpSocket | undefined;
  try {
    const connected = socket = await openSocket(target, signal);
    signal.addEventListener("abort", () => connected.destroy(), { once: true });
    socket.once("close", () => releaseCiphers(client));
    const ready = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {}); // raced below, or of no interest any more
    client.once("ready", () => ready.resolve());
    client.on("error", (error) => failed.reject(error));
    client.once("close", () => failed.reject(new Error("the server hung up")));
    usePacketCiphers(client);
    if (target.password !== undefined) answerPrompts(client, target.password.reveal());
    client.connect({
      // It has all that the library calls; the types ask for the whole of Node's streams.
      sock: socket as unknown as Readable,
      username: target.username,
      ...(target.password && { password: target.password.reveal(), tryKeyboard: true }),
      ...(target.privateKey && { privateKey: Buffer.from(target.privateKey.key) }),
      ...(target.privateKey?.passphrase && {
        passphrase: target.privateKey.passphrase.reveal(),
      }),
      authHandler: loginOrder(target),
      algorithms: {
        ...sshAlgorithms,
        serverHostKey: hostKeyAlgorithms(target.hostKeyTypes),
      },
      hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
        decideOnHostKey(target, key, verify, failed.reject);
      },
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax: 2,
      readyTimeout: 0, // the deadline around all of this is ours
    });
    await Promise.race([ready.promise, failed.promise]);

    socket.reuseBuffers();
    const opened = Promise.withResolvers<Ssh2.SFTPWrapper>();
    client.sftp((error, sftp) => error ? opened.reject(error) : opened.resolve(sftp));
    // The library may never answer once the connection is gone.
    const channel = await Promise.race([opened.promise, failed.promise]);
    const roundTripMs = await Promise.race([measureRoundTrip(channel), failed.promise]);
    if (signal.aborted) throw signal.reason;
    return new SftpConnection(
      new LiveClient({ client, socket, channel, target, roundTripMs }),
      target.connections === 1 ? undefined : (options) => openConnection(target, options),
    );
  } catch (error) {
    socket?.destroy();
    throw signal.aborted ? signal.reason : connectError(error, target);
  }
}

/** Connecting would tell too little: a proxy or a firewall may answer for the server. */
async function measureRoundTrip(channel: Ssh2.SFTPWrapper): Promise<number> {
  const askedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    channel.realpath(".", (error) => error ? reject(error) : resolve());
  });
  return performance.now() - askedAt;
}
