/** A stock OpenSSH server with the files of the benchmark. */

import { join } from "@std/path";
import { generateSshKey } from "../../../lib/sftp/embedded/mod.ts";
import { findTool } from "../../support/optional_tool.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { waitFor } from "../../support/wait_for.ts";
import { startWatchdog } from "../../support/watchdog.ts";
import type { BenchLine } from "./bench_line.ts";

/** A running server; disposing ends it. */
export interface BenchServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** The private key of its client. */
  readonly keyPath: string;
  /** `SHA256:…` of its host key. */
  readonly hostKeyFingerprint: string;
}

/** Starts one behind a line. Nothing of its configuration is tuned. */
export async function startBenchServer(line: BenchLine): Promise<BenchServer> {
  const program = findTool("sshd");
  if (program === undefined) {
    throw new Error("Cannot measure as OpenSSH's server is not installed; install openssh-server");
  }
  const folder = await temporaryFolder("sftp-bench");
  const client = await generateSshKey();
  const host = await generateSshKey();
  const keyPath = join(folder.path, "client_key");
  await Deno.writeTextFile(keyPath, client.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(join(folder.path, "host_key"), host.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(join(folder.path, "authorized_keys"), `${client.publicKey}\n`);
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const serverPort = 20_000 + Math.floor(Math.random() * 30_000);
  const config = join(folder.path, "sshd_config");
  await Deno.writeTextFile(
    config,
    [
      `ListenAddress ${line.listenAddress}:${serverPort}`,
      `HostKey ${join(folder.path, "host_key")}`,
      `AuthorizedKeysFile ${join(folder.path, "authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "UseDNS no",
      "PermitRootLogin yes",
      "PidFile none",
      "Subsystem sftp internal-sftp",
      "",
    ].join("\n"),
  );
  const command = [...line.serverPrefix, program, "-D", "-e", "-f", config];
  const child = new Deno.Command(command[0] ?? "", {
    args: command.slice(1),
    stdout: "null",
    stderr: "null",
  }).spawn();
  const watchdog = startWatchdog('kill "$1"', [String(child.pid)]);
  const address = await line.connect(serverPort);
  await waitFor(() => greets(address), { what: "the SSH server" });
  return {
    ...address,
    username: Deno.env.get("USER") ?? "root",
    keyPath,
    hostKeyFingerprint: await fingerprint(host.publicKey),
    async [Symbol.asyncDispose]() {
      await watchdog[Symbol.asyncDispose]();
      await child.status;
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function greets({ host, port }: { host: string; port: number }): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: host, port });
    const count = await connection.read(new Uint8Array(64));
    return (count ?? 0) > 0;
  } catch {
    return false;
  }
}

async function fingerprint(publicKey: string): Promise<string> {
  const bytes = Uint8Array.fromBase64(publicKey.split(" ")[1] ?? "");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `SHA256:${hash.toBase64({ omitPadding: true })}`;
}
