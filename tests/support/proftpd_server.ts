/** A private instance of ProFTPD with mod_sftp: other ciphers, limits and error codes. */

import { join } from "@std/path";
import { findTool } from "./optional_tool.ts";
import { programSftpServer } from "./program_sftp_server.ts";
import { accountName, freePort } from "./server_process.ts";
import type { SftpServer, SftpServerOptions } from "./sftp_server_shape.ts";
import { type SftpServerFiles, sftpServerFiles } from "./sftp_server_files.ts";

const username = "tester";
const password = "Passw0rd-of-tests";

// Of the password above; made with `openssl passwd -6 -salt opsdeck`.
const passwordHash =
  "$6$opsdeck$u/pDQf596TQlBt1aov9m3C8RKNIHtaqeRb0GyglJltV/WRVc.hjI.GQUH4vxI5QZdXqOoFpco7GI/0nbzx1dG0";

/** Starts one. */
export async function proftpdServer(options: SftpServerOptions = {}): Promise<SftpServer> {
  const program = findTool("proftpd");
  if (program === undefined) throw new Error("Cannot start ProFTPD: it is not installed");
  const files = await sftpServerFiles("proftpd");
  const port = freePort();
  const config = await writeConfig(files, port, options);
  return await programSftpServer({
    kind: "proftpd",
    command: [program, "-n", "-q", "-c", config],
    port,
    files,
    username,
    password,
  });
}

async function writeConfig(
  { folder, root, hostKeyPath, publicKey }: SftpServerFiles,
  port: number,
  { maxChannels = 10 }: SftpServerOptions,
): Promise<string> {
  const config = join(folder, "proftpd.conf");
  const users = join(folder, "users");
  const groups = join(folder, "groups");
  const keys = join(folder, "keys");
  const uid = Deno.uid() ?? 0;
  const gid = Deno.gid() ?? 0;
  await Deno.writeTextFile(users, `${username}:${passwordHash}:${uid}:${gid}::${root}:/bin/sh\n`, {
    mode: 0o600,
  });
  await Deno.writeTextFile(groups, `${username}:x:${gid}:\n`, { mode: 0o600 });
  await Deno.writeTextFile(keys, rfc4716(publicKey));
  await Deno.writeTextFile(
    config,
    [
      "ServerType standalone",
      ...await accountSettings(uid),
      "ControlsEngine off",
      "DefaultServer on",
      "DefaultAddress 127.0.0.1",
      `Port ${port}`,
      "UseIPv6 off",
      "UseReverseDNS off",
      `PidFile ${folder}/proftpd.pid`,
      `ScoreboardFile ${folder}/scoreboard`,
      `SystemLog ${folder}/proftpd.log`,
      "WtmpLog off",
      `DelayTable ${folder}/delay`,
      "RootLogin on",
      "RequireValidShell off",
      `AuthUserFile ${users}`,
      `AuthGroupFile ${groups}`,
      "AuthOrder mod_auth_file.c",
      "AllowOverwrite on",
      "AllowStoreRestart on",
      `DefaultChdir ${root}`,
      "ModulePath /usr/lib/proftpd",
      "LoadModule mod_sftp.c",
      "SFTPEngine on",
      `SFTPHostKey ${hostKeyPath}`,
      "SFTPAuthMethods publickey password",
      `SFTPAuthorizedUserKeys file:${keys}`,
      `SFTPMaxChannels ${maxChannels}`,
      "",
    ].join("\n"),
  );
  return config;
}

/** Whoever is not root can run it as nobody but himself. */
async function accountSettings(uid: number): Promise<string[]> {
  return uid === 0 ? [] : [`User ${await accountName("-un")}`, `Group ${await accountName("-gn")}`];
}

/** The form of public keys that mod_sftp reads. */
function rfc4716(publicKey: string): string {
  const lines = publicKey.split(" ")[1]?.match(/.{1,70}/g) ?? [];
  return ["---- BEGIN SSH2 PUBLIC KEY ----", ...lines, "---- END SSH2 PUBLIC KEY ----", ""]
    .join("\n");
}
