/** The embedded SFTP server as a test server, with faults to order. */

import { join } from "@std/path";
import type { Socket } from "node:net";
import { Secret } from "../../lib/core/mod.ts";
import {
  type EmbeddedSftpServer,
  type SftpAnswer,
  type SftpRequest,
  SftpStatusCode,
  startEmbeddedSftpServer,
} from "../../lib/sftp/embedded/mod.ts";
import type { SftpServer, SftpServerOptions } from "./sftp_server_shape.ts";
import { sftpServerFiles } from "./sftp_server_files.ts";

/** An embedded server and the faults it can be given. */
export interface EmbeddedTestServer extends SftpServer {
  /** The password it accepts. */
  readonly password: string;
  /** Faults, effective from the moment they are set. */
  readonly faults: SftpFaults;
  /** How many connections it has. */
  readonly connections: number;
  /** How many connections were made since the first start. */
  readonly connectionsMade: number;
  /** Takes another public key for logins; it is started again for that. */
  authorize(publicKey: string): Promise<void>;
  /** The kinds of all requests since the first start. */
  readonly requests: readonly SftpRequest["kind"][];
  /**
   * Does the next request that fits, and ends its connection instead of answering. The promise is
   * resolved when that was done.
   */
  loseAnswer(fits: (request: SftpRequest) => boolean): Promise<void>;
}

/** What goes wrong. */
export interface SftpFaults {
  /** Refuses every login. */
  refuseLogins: boolean;
  /** Fails every write (SSH_FX_FAILURE, as a full disk or a quota does) after so many bytes. */
  failWritesAfterBytes: number | undefined;
  /** Renames over what is there, as some servers do (`rclone serve sftp`). */
  renameOverwrites: boolean;
  /** Comes before every request; what it gives in place of undefined is the answer. */
  answerInstead: ((request: SftpRequest) => Promise<SftpAnswer | undefined>) | undefined;
}

/** Starts one. */
export async function embeddedSftpServer(
  options: SftpServerOptions = {},
): Promise<EmbeddedTestServer> {
  const { maxChannels = 10 } = options;
  const files = await sftpServerFiles("embedded-sftp");
  const password = "Passw0rd-of-tests";
  const faults: SftpFaults = {
    refuseLogins: false,
    failWritesAfterBytes: undefined,
    renameOverwrites: false,
    answerInstead: undefined,
  };
  const requests: SftpRequest["kind"][] = [];
  const authorizedKeys = [files.publicKey];
  const lost: { fits: (request: SftpRequest) => boolean; done: () => void }[] = [];
  const held = new Set<Socket>();
  let isFrozen = false;
  let connectionsMade = 0;
  let writtenBytes = 0;
  let server: EmbeddedSftpServer | undefined;

  const onRequest = async (
    request: SftpRequest,
    proceed: () => Promise<SftpAnswer>,
  ): Promise<SftpAnswer | undefined> => {
    requests.push(request.kind);
    const loss = lost.find(({ fits }) => fits(request));
    if (loss !== undefined) {
      lost.splice(lost.indexOf(loss), 1);
      await proceed();
      await killSessions();
      loss.done();
      return undefined;
    }
    if (request.kind === "write") {
      writtenBytes += request.data.length;
      if (writtenBytes > (faults.failWritesAfterBytes ?? Infinity)) {
        return { kind: "status", code: SftpStatusCode.failure, message: "Failure" };
      }
    }
    const instead = await faults.answerInstead?.(request);
    if (instead !== undefined) return instead;
    if (request.kind === "rename" && faults.renameOverwrites) {
      return await renameOver(join(files.root, request.path), join(files.root, request.to));
    }
    return await proceed();
  };
  const start = async () => {
    server = await startEmbeddedSftpServer({
      root: files.root,
      username: "tester",
      password: new Secret(password),
      authorizedKeys,
      hostKey: await Deno.readTextFile(files.hostKeyPath),
      port,
      hooks: {
        onConnection(socket) {
          connectionsMade++;
          if (!isFrozen) return true;
          held.add(socket);
          return false;
        },
        onLogin: () => !faults.refuseLogins,
        onChannel: (openChannels) => openChannels < maxChannels,
        onRequest,
      },
    });
  };
  const stop = async () => {
    await thaw();
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  };
  const killSessions = () => {
    for (const socket of server?.sockets ?? []) socket.destroy();
    return Promise.resolve();
  };
  const thaw = () => {
    isFrozen = false;
    for (const socket of server?.sockets ?? []) socket.resume();
    for (const socket of held) server?.greet(socket);
    held.clear();
    return Promise.resolve();
  };
  let port = 0;
  await start();
  port = server?.port ?? 0;
  return {
    kind: "embedded",
    host: "127.0.0.1",
    port,
    username: "tester",
    password,
    privateKeyPath: files.privateKeyPath,
    get hostKeyFingerprint() {
      return files.hostKeyFingerprint;
    },
    get hostPublicKey() {
      return files.hostPublicKey;
    },
    root: files.root,
    remotePath: (name = "") => `/${name}`,
    faults,
    requests,
    get connections() {
      return server?.sockets.size ?? 0;
    },
    get connectionsMade() {
      return connectionsMade;
    },
    async authorize(publicKey) {
      authorizedKeys.push(publicKey);
      await stop();
      await start();
    },
    loseAnswer(fits) {
      const { promise, resolve } = Promise.withResolvers<void>();
      lost.push({ fits, done: resolve });
      return promise;
    },
    killSessions,
    freeze() {
      isFrozen = true;
      for (const socket of server?.sockets ?? []) socket.pause();
      return Promise.resolve();
    },
    thaw,
    stop,
    start,
    async changeHostKey() {
      await stop();
      await files.renewHostKey();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await files[Symbol.asyncDispose]();
    },
  };
}

async function renameOver(from: string, to: string): Promise<SftpAnswer> {
  try {
    await Deno.rename(from, to);
    return { kind: "status", code: SftpStatusCode.ok };
  } catch {
    return { kind: "status", code: SftpStatusCode.noSuchFile, message: "No such file" };
  }
}
