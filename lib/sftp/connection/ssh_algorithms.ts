/**
 * Which algorithms are offered to a server, in order of preference (RFC 4253 §7.1: the client's
 * order decides).
 */

// @ts-types="@types/ssh2"
import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";

/**
 * ChaCha20 costs half of what AES-GCM does on Deno, the other way round than on Node. Servers
 * without it (ProFTPD, many appliances) get the next best. Key exchange, host keys and MACs are the
 * library's own lists; compression stays off, as it costs more than it saves on anything but text
 * over a slow line.
 */
export const sshAlgorithms: Algorithms = {
  cipher: [
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm",
    "aes256-gcm",
    "aes192-ctr",
    "aes256-ctr",
  ],
  compress: ["none"],
};

/** The library's own order. One RSA key serves three of them (RFC 8332). */
const hostKeyKinds: readonly (readonly [type: string, algorithms: ServerHostKeyAlgorithm[]])[] = [
  ["ssh-ed25519", ["ssh-ed25519"]],
  ["ecdsa-sha2-nistp256", ["ecdsa-sha2-nistp256"]],
  ["ecdsa-sha2-nistp384", ["ecdsa-sha2-nistp384"]],
  ["ecdsa-sha2-nistp521", ["ecdsa-sha2-nistp521"]],
  ["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]],
];

/** Gives the host key algorithms, those of the known kinds of key first. */
export function hostKeyAlgorithms(knownTypes: readonly string[] = []): ServerHostKeyAlgorithm[] {
  const known = hostKeyKinds.filter(([type]) => knownTypes.includes(type));
  const others = hostKeyKinds.filter(([type]) => !knownTypes.includes(type));
  return [...known, ...others].flatMap(([, algorithms]) => algorithms);
}
