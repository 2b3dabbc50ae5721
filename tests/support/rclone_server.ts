/** A private instance of `rclone serve sftp`, whose rename overwrites. */

import { join } from "@std/path";
import { findTool } from "./optional_tool.ts";
import { programSftpServer } from "./program_sftp_server.ts";
import { freePort } from "./server_process.ts";
import type { SftpServer } from "./sftp_server_shape.ts";
import { sftpServerFiles } from "./sftp_server_files.ts";

const username = "tester";
const password = "Passw0rd-of-tests";

/** Starts one. */
export async function rcloneServer(): Promise<SftpServer> {
  const program = findTool("rclone");
  if (program === undefined) throw new Error("Cannot start rclone: it is not installed");
  const files = await sftpServerFiles("rclone");
  const port = freePort();
  const keys = join(files.folder, "authorized_keys");
  const config = join(files.folder, "rclone.conf");
  await Deno.writeTextFile(keys, `${files.publicKey}\n`);
  await Deno.writeTextFile(config, "");
  const settings = {
    addr: `127.0.0.1:${port}`,
    user: username,
    pass: password,
    key: files.hostKeyPath,
    "authorized-keys": keys,
    config,
    "cache-dir": join(files.folder, "cache"),
    // It remembers folders, and the files of the tests do not all come through it.
    "dir-cache-time": "0s",
  };
  const options = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  return await programSftpServer({
    kind: "rclone",
    command: [program, "serve", "sftp", files.root, ...options],
    port,
    files,
    remoteRoot: "/",
    username,
    password,
  });
}
