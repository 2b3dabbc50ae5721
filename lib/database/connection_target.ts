/** Where a database is and how to log in to it. */

import type { Secret } from "../core/mod.ts";

/** The kinds of server that opsdeck talks to. */
export const dialects = ["postgresql", "sqlserver"] as const;

/** One of {@link dialects}. */
export type Dialect = typeof dialects[number];

/**
 * How much of TLS is asked for, in libpq's words: `prefer` encrypts when the server can, `require`
 * encrypts without looking at the certificate, `verify-ca` checks who signed it, and `verify-full`
 * checks the host's name as well.
 */
export type TlsMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

/** The encryption of a connection. */
export interface TlsSettings {
  /** What is asked for. SQL Server's `TrustServerCertificate=yes` is `require`. */
  readonly mode: TlsMode;
  /** A PEM file with the authorities to trust, in the place of the machine's: an absolute path. */
  readonly caFile?: string;
  /** The name that the certificate must carry. Defaults to the host. */
  readonly serverName?: string;
  /** SQL Server only: TLS before the first byte of the protocol (`Encrypt=strict`, TDS 8). */
  readonly strict?: boolean;
}

/** One database on one server, with the login. */
export interface ConnectionTarget {
  /** The kind of server. */
  readonly dialect: Dialect;
  /** A name, an address, or the folder of a Unix socket (then it starts with `/`). */
  readonly host: string;
  /** The port, 1 to 65535. */
  readonly port: number;
  /** The database's name. */
  readonly database: string;
  /** The login's name. */
  readonly username?: string;
  /** The login's password. */
  readonly password?: Secret;
  /** The encryption. */
  readonly tls: TlsSettings;
  /** What the server shows this connection as. Defaults to `opsdeck`. */
  readonly applicationName?: string;
  /** How long connecting may take, in milliseconds. Defaults to 10 seconds. */
  readonly connectTimeoutMs?: number;
  /** PostgreSQL only: the `options` of the start-up message, such as `-c search_path=app`. */
  readonly startupOptions?: string;
  /** PostgreSQL only: settings of every session, by name; not used behind a pooler. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /**
   * PostgreSQL only (`pgbouncer=true`): a pooler stands between, which refuses start-up settings
   * and hands one session's statements to several servers, so neither is used.
   */
  readonly behindPooler?: boolean;
  /** SQL Server only: the Windows domain of the login, as in `DOMAIN\user`. */
  readonly domain?: string;
  /** SQL Server only: `ApplicationIntent=ReadOnly`. */
  readonly readOnlyIntent?: boolean;
}

/** Whether the host is the folder of a Unix socket. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith("/");
}

/** Whether a host is this machine itself, so that what is sent to it crosses no wire. */
export function isLoopback(host: string): boolean {
  return isSocketFolder(host) || host === "::1" || /^localhost$/i.test(host) ||
    /^127(\.\d{1,3}){3}$/.test(host);
}

/** Writes `host:port`, with brackets around an IPv6 address; a socket's folder stands alone. */
export function describeAddress(target: Pick<ConnectionTarget, "host" | "port">): string {
  if (isSocketFolder(target.host)) return `${target.host}/.s.PGSQL.${target.port}`;
  return `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
}

/** Writes a target as `postgresql://user@host:port/database`, without any secret. */
export function describeTarget(target: ConnectionTarget): string {
  const login = target.username === undefined ? "" : `${encodeURIComponent(target.username)}@`;
  const database = encodeURIComponent(target.database);
  if (isSocketFolder(target.host)) {
    const query = new URLSearchParams({ host: target.host, port: String(target.port) });
    return `${target.dialect}://${login}/${database}?${query}`;
  }
  return `${target.dialect}://${login}${describeAddress(target)}/${database}`;
}
