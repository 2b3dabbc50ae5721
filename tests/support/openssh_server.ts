/** A private instance of OpenSSH's server. Works as root and as any other user, by key only. */

import { join } from "@std/path";
import { findTool } from "./optional_tool.ts";
import { programSftpServer } from "./program_sftp_server.ts";
import { accountName, freePort } from "./server_process.ts";
import type { SftpServer, SftpServerOptions } from "./sftp_server_shape.ts";
import { sftpServerFiles } from "./sftp_server_files.ts";

/** What the server allows. */
export interface OpensshServerOptions extends SftpServerOptions {
  /** More lines of `sshd_config`. */
  settings?: readonly string[];
}

/** Starts one. */
export async function opensshServer(options: OpensshServerOptions = {}): Promise<SftpServer> {
  const { maxChannels = 10, settings = [] } = options;
  const program = findTool("sshd");
  if (program === undefined) throw new Error("Cannot start OpenSSH's server: it is not installed");
  const files = await sftpServerFiles("openssh");
  const port = freePort();
  const config = join(files.folder, "sshd_config");
  const keys = join(files.folder, "authorized_keys");
  await Deno.writeTextFile(keys, `${files.publicKey}\n`);
  await Deno.writeTextFile(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey "${files.hostKeyPath}"`,
      `AuthorizedKeysFile "${keys}"`,
      `ForceCommand internal-sftp -d "${files.root}"`,
      `MaxSessions ${maxChannels}`,
      "Subsystem sftp internal-sftp",
      "PidFile none",
      "UsePAM no",
      "UseDNS no",
      // The folders of tests are below /tmp, where others may write.
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "MaxStartups 100",
      ...await penaltySettings(program),
      ...settings,
      "",
    ].join("\n"),
  );
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });

  return await programSftpServer({
    kind: "openssh",
    command: [program, "-D", "-e", "-f", config],
    port,
    files,
    username: await accountName("-un"),
    password: undefined,
  });
}

/** Since 9.8 an address that fails often is shut out, and all tests come from one. */
async function penaltySettings(program: string): Promise<string[]> {
  const { stderr } = await new Deno.Command(program, { args: ["-V"], stdout: "null" }).output();
  const [, version = "0"] = /OpenSSH_(\d+\.\d+)/.exec(new TextDecoder().decode(stderr)) ?? [];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 9 || (major === 9 && minor >= 8) ? ["PerSourcePenalties no"] : [];
}
