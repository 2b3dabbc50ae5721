/** SFTP servers for tests: one shape for every kind, and tests that run against each kind. */

import { embeddedSftpServer } from "./embedded_sftp_server.ts";
import { opensshServer } from "./openssh_server.ts";
import { findTool, optionalTool } from "./optional_tool.ts";
import { proftpdServer } from "./proftpd_server.ts";

/** Which program serves. */
export type SftpServerKind = "embedded" | "openssh" | "proftpd";

/** A server of a test's own on 127.0.0.1; disposing ends it and removes its files. */
export interface SftpServer extends AsyncDisposable {
  /** Which program serves. */
  readonly kind: SftpServerKind;
  /** Its address. */
  readonly host: string;
  /** Its port, the same after every start. */
  readonly port: number;
  /** The user to log in as. */
  readonly username: string;
  /** The user's password; undefined where only the key is accepted (OpenSSH). */
  readonly password: string | undefined;
  /** The file of the user's private key, which has no passphrase. */
  readonly privateKeyPath: string;
  /** `SHA256:…` of the host key it has now. */
  readonly hostKeyFingerprint: string;
  /** Kind and base64 of the host key it has now, as in `known_hosts`. */
  readonly hostPublicKey: string;
  /** The local folder in which the served files lie. */
  readonly root: string;
  /** The path by which a client reaches a file of the root; the root itself by default. */
  remotePath(name?: string): string;
  /** Ends every connection at once, as a crash does; new ones are taken. */
  killSessions(): Promise<void>;
  /** Makes it silent: no answer, no hang-up, and new connections are not greeted. */
  freeze(): Promise<void>;
  /** Lets it go on. */
  thaw(): Promise<void>;
  /** Ends it and every connection; connecting is refused from then on. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Starts it again with another host key. */
  changeHostKey(): Promise<void>;
}

/** What a server allows. */
export interface SftpServerOptions {
  /** How many channels a connection may have. Defaults to 10. */
  maxChannels?: number;
}

/** What a test can be given besides its name. */
export interface ForEachServerOptions extends SftpServerOptions {
  /** The kinds to run against. Defaults to all. */
  kinds?: readonly SftpServerKind[];
}

const titles = { embedded: "embedded server", openssh: "OpenSSH", proftpd: "ProFTPD" };

/** The program that each kind needs. */
const programs = { embedded: undefined, openssh: "sshd", proftpd: "proftpd" };

/** Starts a server of a kind. */
export function startSftpServer(
  kind: SftpServerKind,
  options: SftpServerOptions = {},
): Promise<SftpServer> {
  switch (kind) {
    case "embedded":
      return embeddedSftpServer(options);
    case "openssh":
      return opensshServer(options);
    case "proftpd":
      return proftpdServer(options);
  }
}

/** Registers one test a kind, each with a server of its own; skipped where the program is missing. */
export function forEachSftpServer(
  name: string,
  run: (server: SftpServer) => Promise<void>,
  options: ForEachServerOptions = {},
): void {
  const { kinds = ["embedded", "openssh", "proftpd"], ...serverOptions } = options;
  for (const kind of kinds) {
    Deno.test(`${name} (${titles[kind]})`, needs(kind), async () => {
      await using server = await startSftpServer(kind, serverOptions);
      await run(server);
    });
  }
}

/** Gives the options of a test that needs a kind of server. */
export function needs(kind: SftpServerKind): { ignore: boolean } {
  const program = programs[kind];
  return program === undefined ? { ignore: false } : optionalTool(program);
}

/** Tells whether a kind of server can be started here. */
export function hasSftpServer(kind: SftpServerKind): boolean {
  const program = programs[kind];
  return program === undefined || findTool(program) !== undefined;
}
