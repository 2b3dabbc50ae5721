import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { SftpService, type SftpTarget } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";

/** Times that a test can wait for. */
function impatient(target: SftpTarget): SftpTarget {
  return {
    ...target,
    connectTimeoutMs: 500,
    operationTimeoutMs: 500,
    keepaliveIntervalMs: 100,
  };
}

async function write(folder: TemporaryFolder, name: string, content: string | Uint8Array) {
  const path = join(folder.path, name);
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

forEachSftpServer(
  "SftpService ends its work with a frozen server, and goes on after it",
  async (server) => {
    await using folder = await temporaryFolder("faults");
    let isFrozen = true;
    await using service = new SftpService({
      adjust: (target) => isFrozen ? impatient(target) : target,
      maxRetries: 0,
    });
    const config = clientConfig(server);
    const source = await write(folder, "a.txt", "content");
    const connection = await service.getSftpConnection(config);
    assert(connection !== null);
    await server.freeze();

    const ended = await Promise.all([
      service.uploadFileToFolder(server.remotePath(), "tests", source, config),
      service.getFileFromSftp(server.remotePath("b.txt"), config),
      service.isFileFullyUploaded(connection, server.remotePath("b.txt"), 1),
      service.connectToSftp(config),
    ]);
    await server.thaw();
    isFrozen = false;

    assertEquals(ended, [false, null, false, null]);
    assertEquals(connection.isActive(), false);
    assertEquals(
      await service.uploadFileToFolder(server.remotePath(), "tests", source, config),
      true,
    );
  },
);

forEachSftpServer("12 operations at once survive the end of their connection", async (server) => {
  await using folder = await temporaryFolder("faults");
  await using service = new SftpService();
  const config = clientConfig(server);
  const content = crypto.getRandomValues(new Uint8Array(60_000));
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  const sources = await Promise.all(
    numbers.map((number) => write(folder, `${number}.bin`, content)),
  );
  const connection = await service.getSftpConnection(config);

  const uploads = sources.map((source) =>
    service.uploadFileToFolder(server.remotePath("in"), "tests", source, config)
  );
  let isOver = false;
  void Promise.all(uploads).then(() => isOver = true);
  // On a busy machine all of them may be over before this is asked for the first time.
  await waitFor(() => connection?.idleMs === 0 || isOver, { what: "the uploads" });
  await server.killSessions();

  assertEquals(await Promise.all(uploads), numbers.map(() => true));
  assertEquals(await namesIn(join(server.root, "in")), numbers.map((n) => `${n}.bin`).sort());
  for (const number of numbers) {
    assertEquals(await Deno.readFile(join(server.root, "in", `${number}.bin`)), content);
  }
});

forEachSftpServer("SftpService works where a connection may have one channel", async (server) => {
  await using folder = await temporaryFolder("faults");
  await using service = new SftpService();
  const config = clientConfig(server);
  const source = await write(folder, "a.bin", new Uint8Array(5_000_000).fill(7));

  const sent = await service.uploadFileToFolder(server.remotePath(), "tests", source, config);
  const local = await service.getFileFromSftp(server.remotePath("a.bin"), config);

  assertEquals(sent, true);
  assert(local !== null);
  assertEquals((await Deno.stat(local)).size, 5_000_000);
  await Deno.remove(dirname(local), { recursive: true });
}, { maxChannels: 1 });

Deno.test("SftpService is refused as long as the server refuses logins, and no longer", async () => {
  await using server = await embeddedSftpServer();
  await using service = new SftpService();
  const config = clientConfig(server);

  server.faults.refuseLogins = true;
  assertEquals(await service.getSftpConnection(config), null);
  const attempts = server.connectionsMade;
  server.faults.refuseLogins = false;

  assertEquals(attempts, 1, "a refused login is not tried again: that locks accounts");
  assertEquals((await service.getSftpConnection(config))?.isActive(), true);
});

Deno.test("uploadFileToFolder() to a full disk fails, and leaves nothing there", async () => {
  await using server = await embeddedSftpServer();
  await using folder = await temporaryFolder("faults");
  await using service = new SftpService();
  const source = await write(folder, "a.bin", new Uint8Array(1_000_000));
  server.faults.failWritesAfterBytes = 300_000;
  const upload = () => service.uploadFileToFolder("/", "tests", source, clientConfig(server));

  assertEquals(await upload(), false);
  assertEquals(await namesIn(server.root), []);
  server.faults.failWritesAfterBytes = undefined;
  assertEquals(await upload(), true);
  assertEquals(await namesIn(server.root), ["a.bin"]);
});

Deno.test("uploadFileToFolder() whose rename was done but not answered succeeds, once", async () => {
  await using server = await embeddedSftpServer();
  await using folder = await temporaryFolder("faults");
  await using service = new SftpService();
  const source = await write(folder, "a.txt", "content");
  const lost = server.loseAnswer(({ kind }) => kind === "rename");

  const sent = await service.uploadFileToFolder("/", "tests", source, clientConfig(server));

  await lost;
  assertEquals(sent, true);
  assertEquals(await namesIn(server.root), ["a.txt"]);
  assertEquals(await Deno.readTextFile(join(server.root, "a.txt")), "content");
});
