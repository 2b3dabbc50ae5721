/** Where an SFTP server is and how to enter it. */

import type { Secret } from "../../core/mod.ts";

/** The defaults of {@link SftpTarget}'s times. */
export const sftpTimes = {
  connectTimeoutMs: 15_000,
  operationTimeoutMs: 30_000,
  keepaliveIntervalMs: 5_000,
} as const;

/** A private key as its file holds it. */
export interface SftpPrivateKey {
  /** The file's bytes: OpenSSH, PEM or PPK. */
  key: Uint8Array;
  /** Decrypts it. */
  passphrase?: Secret;
}

/** How to reach and enter a server. All of it is validated already. */
export interface SftpTarget {
  /** A name or an address. */
  host: string;
  /** The port: 22 for most servers. */
  port: number;
  /** The account. */
  username: string;
  /** Offered as password and, where the server has no such method, as keyboard-interactive answer. */
  password?: Secret;
  /** Offered first. */
  privateKey?: SftpPrivateKey;
  /**
   * Decides on the server's public key, given in SSH wire format. `false` refuses the server; an
   * error that it throws is what opening the connection fails with.
   */
  verifyHostKey: (key: Uint8Array) => boolean | Promise<boolean>;
  /**
   * The kinds of the server's keys that are known, such as `ssh-ed25519`: they are asked for first,
   * so that a server with several keys shows one that can be checked.
   */
  hostKeyTypes?: readonly string[];
  /** How many connections one file may be read over, where the line is long. Defaults to 2. */
  connections?: number;
  /** How long connecting and logging in may take, in milliseconds. Defaults to 15000. */
  connectTimeoutMs?: number;
  /** How long one small operation (stat, rename, a page of a list …) may take. Defaults to 30000. */
  operationTimeoutMs?: number;
  /** How often a silent server is asked; the third silence ends the connection. Defaults to 5000. */
  keepaliveIntervalMs?: number;
}

/** Names a server for people: `user@host:port`. */
export function describeServer({ username, host, port }: SftpTarget): string {
  return `${username}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}
