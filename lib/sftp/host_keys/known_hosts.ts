/** The format of `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */

import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** One key of one line. */
export interface KnownHost {
  /** Which hosts it is for: patterns separated by commas, or one hashed name. */
  hosts: string;
  /** The kind of key. */
  type: string;
  /** The key in base64. */
  key: string;
  /** Whether the key must never be accepted (`@revoked`). */
  isRevoked: boolean;
  /** The line's number, from 1. */
  line: number;
}

/** What a file knows of a host. */
export interface KnownKeys {
  /** Keys that it may show. */
  trusted: KnownHost[];
  /** Keys that it must not show. */
  revoked: KnownHost[];
}

/**
 * Parses a file. Lines that are no such line are passed over, as OpenSSH does; so are those of
 * certificate authorities, since host certificates are not supported.
 */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const words = content.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || hosts.startsWith("#") || type === undefined || key === undefined) {
      return [];
    }
    // As the library writes it: keys are compared by their text.
    if (Buffer.from(key, "base64").toString("base64") !== key) return [];
    if (marker !== undefined && marker !== "@revoked") return [];
    return [{ hosts, type, key, isRevoked: marker === "@revoked", line: index + 1 }];
  });
}

/**
 * Gives what the lines know of a server.
 *
 * A port other than 22 is part of the name, `[host]:port`. A line for the bare host counts as well
 * when it has the key that is asked for, as in OpenSSH; another key there says nothing.
 */
export function knownKeys(
  lines: readonly KnownHost[],
  host: string,
  port: number,
  shownKey: string,
): KnownKeys {
  const bare = host.toLowerCase();
  const name = port === 22 ? bare : `[${bare}]:${port}`;
  const fitting = lines.filter((line) =>
    matches(line.hosts, name) ||
    (name !== bare && line.key === shownKey && matches(line.hosts, bare))
  );
  return {
    trusted: fitting.filter(({ isRevoked }) => !isRevoked),
    revoked: fitting.filter(({ isRevoked }) => isRevoked),
  };
}

/** Writes the line for a server's key. */
export function knownHostsLine(host: string, port: number, type: string, key: string): string {
  const name = host.toLowerCase();
  return `${port === 22 ? name : `[${name}]:${port}`} ${type} ${key}\n`;
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHash(hosts, name);
  let isMatch = false;
  for (const pattern of hosts.toLowerCase().split(",")) {
    const isNegated = pattern.startsWith("!");
    if (!matchesPattern(isNegated ? pattern.slice(1) : pattern, name)) continue;
    if (isNegated) return false;
    isMatch = true;
  }
  return isMatch;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, so that the file does not tell which hosts one uses. */
function matchesHash(hosts: string, name: string): boolean {
  const [, , salt = "", hash = ""] = hosts.split("|");
  const wanted = Buffer.from(hash, "base64");
  const digest = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return wanted.length === digest.length && timingSafeEqual(wanted, digest);
}

/** `*` stands for any text, `?` for any character. */
function matchesPattern(pattern: string, name: string): boolean {
  const [first = "", ...others] = pattern.split("*").map((part) =>
    part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("?", ".")
  );
  return new RegExp(`^${[first, ...others].join(".*")}$`, "s").test(name);
}
