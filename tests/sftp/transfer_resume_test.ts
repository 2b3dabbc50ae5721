import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { FileOperationError } from "../../lib/core/mod.ts";
import {
  downloadFile,
  removeStaleParts,
  type SftpConnection,
  uploadFile,
} from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";
import { filesBelow, randomBytes } from "./transfer_fixtures.ts";

const size = 3_000_000;
const part = ".big.opsdeck-part";

/** Downloads until more than a megabyte is here, then stops. */
async function cutOff(connection: SftpConnection, remotePath: string, localPath: string) {
  const stop = new AbortController();
  await downloadFile(connection, remotePath, localPath, {
    resume: true,
    signal: stop.signal,
    onProgress: ({ bytes }) => {
      if (bytes > 1_200_000) stop.abort(new Error("cut off"));
    },
  }).catch(() => {});
}

forEachSftpServer("downloadFile() goes on where an earlier run stopped", async (server) => {
  await using local = await temporaryFolder("resume");
  await using connection = await connectTo(server);
  const served = join(server.root, "big");
  const target = join(local.path, "big");
  await Deno.writeFile(served, randomBytes(size, 1));

  await cutOff(connection, server.remotePath("big"), target);
  assertEquals(filesBelow(local.path), [part, `${part}.json`]);
  let firstBytes = Infinity;
  const resumed = await downloadFile(connection, server.remotePath("big"), target, {
    resume: true,
    sha256: true,
    onProgress: ({ bytes }) => firstBytes = Math.min(firstBytes, bytes),
  });

  assert(resumed.resumedFrom > 500_000, `${resumed.resumedFrom}`);
  assert(firstBytes >= resumed.resumedFrom);
  assertEquals(await Deno.readFile(target), await Deno.readFile(served));
  assertEquals(
    resumed.sha256,
    createHash("sha256").update(await Deno.readFile(served)).digest("hex"),
  );
  assertEquals(filesBelow(local.path), ["big"]);
});

const changes: Record<string, (served: string, local: string) => Promise<void>> = {
  "the source has another size": async (served) =>
    await Deno.writeFile(served, randomBytes(size + 1, 1)),
  "the source has another time": async (served) => await Deno.utime(served, 5, 5),
  "the source was replaced within its second": async (served) => {
    const { mtime } = await Deno.stat(served);
    await Deno.writeFile(served, randomBytes(size, 9));
    await Deno.utime(served, mtime ?? 0, mtime ?? 0);
  },
  "the note is torn": async (_, local) => {
    await Deno.writeTextFile(join(local, `${part}.json`), '{"server":');
  },
  "the note is missing": async (_, local) => await Deno.remove(join(local, `${part}.json`)),
  "the part is shorter than its note": async (_, local) =>
    await Deno.truncate(join(local, part), 10),
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`downloadFile() begins again when ${what}`, async () => {
    await using server = await embeddedSftpServer();
    await using local = await temporaryFolder("resume");
    await using connection = await connectTo(server);
    const served = join(server.root, "big");
    const target = join(local.path, "big");
    await Deno.writeFile(served, randomBytes(size, 1));
    await cutOff(connection, "/big", target);

    await change(served, local.path);
    const result = await downloadFile(connection, "/big", target, { resume: true });

    assertEquals(result.resumedFrom, 0);
    assertEquals(await Deno.readFile(target), await Deno.readFile(served));
    assertEquals(filesBelow(local.path), ["big"]);
  });
}

Deno.test("downloadFile() goes on after kill -9", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("resume-kill");
  const served = join(server.root, "big");
  await Deno.writeFile(served, randomBytes(44_000_000, 1));
  const target = join(local.path, "big");
  const gate = Promise.withResolvers<undefined>();
  let readBytes = 0;
  server.faults.answerInstead = (request) => {
    if (request.kind === "read") readBytes += request.length;
    return readBytes < 42_000_000 ? Promise.resolve(undefined) : gate.promise;
  };
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "-A",
      join(import.meta.dirname ?? "", "transfer_worker.ts"),
      JSON.stringify({ port: server.port, keyPath: server.privateKeyPath, target }),
    ],
  }).spawn();
  await waitFor(() => filesBelow(local.path).includes(`${part}.json`), { what: "a checkpoint" });
  child.kill("SIGKILL");
  await child.status;
  server.faults.answerInstead = undefined;
  gate.resolve(undefined);
  assertEquals(filesBelow(local.path), [part, `${part}.json`]);

  await using connection = await connectTo(server);
  const resumed = await downloadFile(connection, "/big", target, { resume: true });

  assert(resumed.resumedFrom >= 32 * 1024 * 1024, `${resumed.resumedFrom}`);
  assertEquals(await sha256(target), await sha256(served));
  assertEquals(filesBelow(local.path), ["big"]);
});

Deno.test("downloadFile() lets no second process write the same part", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("resume-twice");
  await using connection = await connectTo(server);
  await Deno.writeFile(join(server.root, "big"), randomBytes(size, 1));
  const target = join(local.path, "big");
  const held = await Deno.open(join(local.path, part), { write: true, create: true });
  await held.lock(true);

  const error = await assertRejects(
    () => downloadFile(connection, "/big", target, { resume: true }),
    FileOperationError,
  );
  held.close();

  assertEquals([error.code, error.retryable], ["TRANSFER_IN_PROGRESS", true]);
  assertEquals((await downloadFile(connection, "/big", target, { resume: true })).status, "done");
});

Deno.test("removeStaleParts() removes what uploads left long ago, and nothing else", async () => {
  await using server = await embeddedSftpServer();
  await using connection = await connectTo(server);
  const old = new Date(Date.now() - 2 * 86_400_000);
  const names = [
    ".a.pdf.0123456789abcdef.opsdeck-part",
    ".b.pdf.opsdeck-part",
    "c.0123456789abcdef.opsdeck-part",
    ".new.0123456789abcdef.opsdeck-part",
  ];
  for (const name of names) {
    await Deno.writeTextFile(join(server.root, name), "");
    if (!name.startsWith(".new")) await Deno.utime(join(server.root, name), old, old);
  }

  assertEquals(await removeStaleParts(connection, "/"), [`/${names[0]}`]);
  assertEquals(filesBelow(server.root), names.slice(1).toSorted());
});

forEachSftpServer(
  "removeStaleParts() leaves the whole part of an old file that is about to be renamed",
  async (server) => {
    await using local = await temporaryFolder("old-source");
    await using connection = await connectTo(server);
    await using other = await connectTo(server);
    const source = join(local.path, "old.pdf");
    await Deno.writeFile(source, randomBytes(size, 1));
    const old = new Date(Date.now() - 365 * 86_400_000);
    await Deno.utime(source, old, old);
    let removed: string[] | undefined;
    const remove = connection.rename;
    connection.rename = async (...args) => {
      removed = await removeStaleParts(other, server.remotePath());
      await remove.apply(connection, args);
    };

    const { status } = await uploadFile(connection, source, server.remotePath("old.pdf"));

    assertEquals([status, removed, filesBelow(server.root)], ["done", [], ["old.pdf"]]);
    const { mtime } = await Deno.stat(join(server.root, "old.pdf"));
    assertEquals(mtime?.getTime(), Math.floor(old.getTime() / 1000) * 1000);
  },
);

async function sha256(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}
