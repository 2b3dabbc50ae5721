/** Decides on the key that a server shows: by fingerprint, by known_hosts, or on first sight. */

import { join } from "node:path";
import { ConfigurationError, errorReason, opsdeckHome } from "../../core/mod.ts";
import { fingerprintOf, hostKeyType } from "./fingerprint.ts";
import { changedKey, otherThanPinned, revokedKey, unknownKey } from "./host_key_errors.ts";
import type { HostKeyOptions } from "./host_key_options.ts";
import { type KnownHost, knownKeys, parseKnownHosts } from "./known_hosts.ts";
import { rememberHostKey } from "./remember_host_key.ts";

/** How a server's key is judged. */
export interface HostKeyRules {
  /** The kinds of keys that are known of the server. */
  hostKeyTypes: string[];
  /**
   * Resolves to true when the server shows a key that it may show.
   *
   * @throws ConfigurationError that says what is wrong and what to do: `HOST_KEY` (another than the
   * pinned or known one), `HOST_KEY_REVOKED`, `HOST_KEY_UNKNOWN`
   */
  verifyHostKey(key: Uint8Array): Promise<boolean>;
}

/**
 * Reads the files and gives the rules for a server.
 *
 * A server of which any key is known must show a known one: another kind of key counts as changed
 * too, since whoever stands in the middle may choose the kind. A changed key is never accepted.
 *
 * @throws ConfigurationError when `knownHostsPath` cannot be read
 */
export async function hostKeyRules(options: HostKeyOptions): Promise<HostKeyRules> {
  const { host, port, pins, acceptNewHostKey = false, onRecorded } = options;
  if (pins !== undefined) {
    return {
      hostKeyTypes: [],
      verifyHostKey(key) {
        if (pins.includes(fingerprintOf(key))) return Promise.resolve(true);
        return Promise.reject(otherThanPinned(options, key, pins));
      },
    };
  }
  const ownFile = join(options.stateFolder ?? opsdeckHome(), "known_hosts");
  const lines = [
    ...options.knownHostsPath === undefined
      ? []
      : await readRequired(options.knownHostsPath, options),
    ...await readOptional(ownFile),
  ];
  const known = knownKeys(lines, host, port, "").trusted;
  return {
    hostKeyTypes: [...new Set(known.map(({ type }) => type))],
    async verifyHostKey(key) {
      const verdict = judge(lines, options, key);
      if (verdict !== "unknown") return verdict;
      if (!acceptNewHostKey) throw unknownKey(options, key);
      await rememberHostKey(ownFile, host, port, key, (text) => {
        judge(parseKnownHosts(text), options, key);
      });
      onRecorded?.(
        `Recorded the host key of ${host}:${port} in ${ownFile}: ` +
          `${hostKeyType(key)} ${fingerprintOf(key)}`,
      );
      return true;
    },
  };
}

function judge(
  lines: readonly KnownHost[],
  options: HostKeyOptions,
  key: Uint8Array,
): true | "unknown" {
  const shown = key.toBase64();
  const { trusted, revoked } = knownKeys(lines, options.host, options.port, shown);
  if (revoked.some((line) => line.key === shown)) throw revokedKey(options, key);
  if (trusted.some((line) => line.key === shown)) return true;
  if (trusted.length > 0) throw changedKey(options, key, trusted);
  return "unknown";
}

async function readRequired(path: string, { names }: HostKeyOptions): Promise<KnownHost[]> {
  try {
    return await readLines(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const name = names?.knownHosts ?? "SFTP_KNOWN_HOSTS";
    throw new ConfigurationError(
      `Cannot read the known_hosts file of ${name} as "${path}" ` +
        `${error instanceof Deno.errors.NotFound ? "does not exist" : errorReason(error)}; ` +
        `correct the path or unset ${name}`,
      { context: { setting: name, file: path }, cause: error },
    );
  }
}

async function readOptional(path: string): Promise<KnownHost[]> {
  try {
    return await readLines(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function readLines(path: string): Promise<KnownHost[]> {
  return parseKnownHosts(await Deno.readTextFile(path));
}
