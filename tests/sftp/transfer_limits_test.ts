import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { FileOperationError } from "../../lib/core/mod.ts";
import { uploadFile } from "../../lib/sftp/mod.ts";
import { opensshServer } from "../support/openssh_server.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { needs } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { filesBelow, randomBytes } from "./transfer_fixtures.ts";

const engine = join(import.meta.dirname ?? "", "transfer_memory_worker.ts");

Deno.test("a transfer needs no more memory for a larger file", needs("openssh"), async () => {
  await using server = await opensshServer();
  await using local = await temporaryFolder("memory");
  const big = await Deno.open(join(server.root, "big"), { write: true, createNew: true });
  const part = randomBytes(1024 * 1024, 1);
  for (let written = 0; written < 256; written++) await big.write(part);
  big.close();

  const peakBytes = await runWorker(server, local.path);

  // 256 MiB there and back; Deno and the SSH library alone take about 65 MB.
  assert(peakBytes < 150_000_000, `${peakBytes}`);
  assertEquals((await Deno.stat(join(server.root, "big.back"))).size, 256 * 1024 * 1024);
});

Deno.test("uploadFile() reports a full disk of a real server", needsMount(), async () => {
  await using server = await opensshServer();
  await using local = await temporaryFolder("full");
  await using connection = await connectTo(server);
  const disk = join(server.root, "disk");
  await Deno.mkdir(disk);
  await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  try {
    const source = join(local.path, "source");
    for (const size of [100_000, 3_000_000]) {
      await Deno.writeFile(source, randomBytes(size, 1));
      if (size === 100_000) await Deno.writeFile(join(disk, "filler"), new Uint8Array(1_000_000));
      const error = await uploadFile(connection, source, server.remotePath("disk/target"))
        .catch((error) => error);

      assert(error instanceof FileOperationError, `${error}`);
      assertEquals([error.code, error.retryable], ["SFTP_FAILURE", false]);
      assertEquals(filesBelow(disk), ["filler"]);
    }
  } finally {
    await connection.close();
    await run("umount", ["-l", disk]);
  }
});

async function runWorker(
  server: { port: number; username: string; privateKeyPath: string; root: string },
  folder: string,
): Promise<number> {
  const { port, username, privateKeyPath } = server;
  await using worker = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-prompt",
      `--allow-net=127.0.0.1:${port}`,
      "--ignore-env",
      `--allow-read=${folder},${privateKeyPath}`,
      `--allow-write=${folder}`,
      engine,
      JSON.stringify({ port, username, privateKeyPath, folder, root: server.root }),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = worker.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value).trim(), "done");
  const status = await Deno.readTextFile(`/proc/${worker.pid}/status`);
  await worker.stdin.close();
  await reader.cancel();
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function run(program: string, args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, { args }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
}

/** Mounting takes root, and a container may refuse it even then. */
function needsMount(): { ignore: boolean } {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return { ignore: true };
  const probe = Deno.makeTempDirSync();
  try {
    const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "tmpfs", probe] }).outputSync();
    if (mount.success) new Deno.Command("umount", { args: [probe] }).outputSync();
    return { ignore: !mount.success || optionalTool("sshd").ignore };
  } catch {
    return { ignore: true };
  } finally {
    Deno.removeSync(probe);
  }
}
