/** SFTP servers for tests: starting any kind, and tests that run against each kind. */

import { embeddedSftpServer } from "./embedded_sftp_server.ts";
import { opensshServer } from "./openssh_server.ts";
import { optionalTool } from "./optional_tool.ts";
import { proftpdServer } from "./proftpd_server.ts";
import { rcloneServer } from "./rclone_server.ts";
import type { SftpServer, SftpServerKind, SftpServerOptions } from "./sftp_server_shape.ts";

export type { SftpServer } from "./sftp_server_shape.ts";

/** What a test can be given besides its name. */
export interface ForEachServerOptions extends SftpServerOptions {
  /** The kinds to run against. Defaults to all but rclone, which keeps to the protocol least. */
  kinds?: readonly SftpServerKind[];
}

const titles = {
  embedded: "embedded server",
  openssh: "OpenSSH",
  proftpd: "ProFTPD",
  rclone: "rclone",
};

/** The program that each kind needs. */
const programs = { embedded: undefined, openssh: "sshd", proftpd: "proftpd", rclone: "rclone" };

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
    case "rclone":
      return rcloneServer();
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
