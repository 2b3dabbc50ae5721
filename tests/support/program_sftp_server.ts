/** An SFTP server that is a program with files of its own. */

import { join } from "@std/path";
import { serverProcess } from "./server_process.ts";
import type { SftpServer } from "./sftp_server_shape.ts";
import type { SftpServerFiles } from "./sftp_server_files.ts";

/** What is particular to a program. */
export interface ProgramSftpServerParts extends Pick<SftpServer, "kind" | "username" | "password"> {
  /** The program and its arguments. */
  command: readonly string[];
  /** The port that its configuration names. */
  port: number;
  /** Its keys and what it serves; removed in the end. */
  files: SftpServerFiles;
  /** The path by which clients reach the root. Defaults to its local one. */
  remoteRoot?: string;
}

/** Starts the program. */
export async function programSftpServer(parts: ProgramSftpServerParts): Promise<SftpServer> {
  const { kind, username, password, command, port, files } = parts;
  const { remoteRoot = files.root } = parts;
  const server = serverProcess(command, port);
  await server.start();
  return {
    ...server,
    kind,
    host: "127.0.0.1",
    port,
    username,
    password,
    privateKeyPath: files.privateKeyPath,
    get hostKeyFingerprint() {
      return files.hostKeyFingerprint;
    },
    get hostPublicKey() {
      return files.hostPublicKey;
    },
    root: files.root,
    remotePath: (name = "") => join(remoteRoot, name),
    async changeHostKey() {
      await server.stop();
      await files.renewHostKey();
      await server.start();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await files[Symbol.asyncDispose]();
    },
  };
}
