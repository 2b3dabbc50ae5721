/** Fresh ed25519 keys in OpenSSH's form. */

import { loadSsh2 } from "../load_ssh2.ts";

/** How a key is made. */
export interface SshKeyOptions {
  /** Encrypts the private key (aes256-ctr, bcrypt). */
  passphrase?: string;
  /** The comment at its end. Defaults to `opsdeck`. */
  comment?: string;
}

/** A key pair. */
export interface SshKey {
  /** The private key, in the text form of OpenSSH. */
  privateKey: string;
  /** The public key as a line of `authorized_keys`. */
  publicKey: string;
}

/** Makes an ed25519 key pair. */
export async function generateSshKey(options: SshKeyOptions = {}): Promise<SshKey> {
  const { passphrase, comment = "opsdeck" } = options;
  const { utils } = await loadSsh2();
  const encryption = passphrase === undefined
    ? {}
    : { passphrase, cipher: "aes256-ctr" as const, rounds: 16 };
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519", { comment, ...encryption });
    // ssh2 1.17.0 drops a leading zero byte: one key in 256 is malformed, and so it says itself.
    if (utils.parseKey(pair.private, passphrase) instanceof Error) continue;
    return { privateKey: pair.private, publicKey: pair.public };
  }
}
