import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Buffer } from "node:buffer";
import { FileOperationError } from "../../lib/core/mod.ts";
import { RemoteCopier, uploadFile, uploadFiles } from "../../lib/sftp/mod.ts";
import { type SftpAnswer, SftpStatusCode } from "../../lib/sftp/embedded/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { forEachSftpServer, type SftpServer } from "../support/sftp_server.ts";
import { startSlowLine } from "../support/slow_line.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { codeOf, filesBelow, makePairs, randomBytes } from "./transfer_fixtures.ts";

const failure: SftpAnswer = { kind: "status", code: SftpStatusCode.failure, message: "Failure" };

/** Runs something with an embedded server whose rename overwrites, and with rclone's. */
function forEachOverwritingServer(name: string, run: (server: SftpServer) => Promise<void>): void {
  Deno.test(`${name} (embedded server)`, async () => {
    await using server = await embeddedSftpServer();
    server.faults.renameOverwrites = true;
    await run(server);
  });
  forEachSftpServer(name, run, { kinds: ["rclone"] });
}

forEachOverwritingServer(
  "uploadFiles() replaces no different file on a server whose rename overwrites",
  async (server) => {
    await using local = await temporaryFolder("targets");
    await using connection = await connectTo(server);
    const pairs = await makePairs(local.path, server, ["small", "big", "new"]);
    for (const name of ["small", "big"]) {
      await Deno.writeTextFile(join(server.root, name), "another");
    }

    for (const verify of [false, true]) {
      const outcomes = await uploadFiles(connection, pairs, { verify, concurrency: 1 });

      const [small, big, fresh] = outcomes.map(codeOf);
      assertEquals([small, big], ["REMOTE_FILE_EXISTS", "REMOTE_FILE_EXISTS"]);
      assertEquals(fresh, verify ? "skipped" : "done");
      for (const name of ["small", "big"]) {
        assertEquals(await Deno.readTextFile(join(server.root, name)), "another");
      }
      assertEquals(filesBelow(server.root), ["big", "new", "small"]);
    }
    const forced = await uploadFiles(connection, pairs, { overwrite: true });

    assertEquals(forced.map(codeOf), ["done", "done", "done"]);
    for (const { localPath } of pairs) {
      const name = localPath.slice(local.path.length + 1);
      assertEquals(await Deno.readFile(join(server.root, name)), await Deno.readFile(localPath));
    }
    assertEquals(filesBelow(server.root), ["big", "new", "small"]);
  },
);

Deno.test("uploadFiles() replaces no file that comes while the part is written, though a rename overwrites", async () => {
  for (const verify of [false, true]) {
    await using server = await embeddedSftpServer();
    server.faults.renameOverwrites = true;
    await using local = await temporaryFolder("targets");
    await using connection = await connectTo(server);
    const pairs = await makePairs(local.path, server, ["small", "big"]);
    server.faults.answerInstead = async ({ kind }) => {
      if (kind === (verify ? "read" : "write")) {
        for (const name of ["small", "big"]) {
          await Deno.writeTextFile(join(server.root, name), "another");
        }
      }
      return undefined;
    };

    const outcomes = await uploadFiles(connection, pairs, { verify });

    assertEquals(outcomes.map(codeOf), ["REMOTE_FILE_EXISTS", "REMOTE_FILE_EXISTS"]);
    assertEquals(await Deno.readTextFile(join(server.root, "small")), "another");
    assertEquals(await Deno.readTextFile(join(server.root, "big")), "another");
    assertEquals(filesBelow(server.root), ["big", "small"]);
  }
});

forEachOverwritingServer(
  "RemoteCopier.copy() replaces nothing on a server whose rename overwrites",
  async (server) => {
    await using connection = await connectTo(server);
    const copier = new RemoteCopier();
    // rclone, without its cache, reads no file that is written.
    const isRclone = server.kind === "rclone";
    for (const size of [1000, 300_000]) {
      const [from, to] = [`source-${size}`, `target-${size}`];
      await Deno.writeFile(join(server.root, from), randomBytes(size, 1));
      await Deno.writeTextFile(join(server.root, to), "another");
      const source = await connection.stat(server.remotePath(from));
      const target = server.remotePath(to);

      for (const verify of isRclone ? [false] : [false, true]) {
        const refused = await assertRejects(
          () => copier.copy(connection, source, target, { verify }),
          FileOperationError,
        );
        assertEquals(refused.code, "REMOTE_FILE_EXISTS");
      }
      assertEquals(await Deno.readTextFile(join(server.root, to)), "another");
      await copier.copy(connection, source, target, { overwrite: true });
      assertEquals(await Deno.readFile(join(server.root, to)), randomBytes(size, 1));
    }
    assertEquals(filesBelow(server.root).filter((name) => name.startsWith(".")), []);
  },
);

forEachSftpServer(
  "a big file is written whole where no second handle may share the writing",
  async (server) => {
    await using line = startSlowLine(server.port, 5);
    await using local = await temporaryFolder("targets");
    await using connection = await connectTo(server, { port: line.port });
    assert(connection.roundTripMs >= 4, `${connection.roundTripMs}`);
    const content = Buffer.from(randomBytes(10_000_000, 1));
    await Deno.writeFile(join(local.path, "big"), content);

    await uploadFile(connection, join(local.path, "big"), server.remotePath("big"));
    const source = await connection.stat(server.remotePath("big"));
    await new RemoteCopier().copy(connection, source, server.remotePath("copy"));

    for (const name of ["big", "copy"]) {
      assert(content.equals(await Deno.readFile(join(server.root, name))), name);
    }
  },
  { kinds: ["rclone"] },
);

Deno.test("uploadFile() asks a usual server for one small file in three round trips", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("targets");
  await using connection = await connectTo(server);
  const [pair] = await makePairs(local.path, server, ["small"]);
  assert(pair !== undefined);
  const before = server.requests.length;

  await uploadFile(connection, pair.localPath, pair.remotePath);

  assertEquals(server.requests.slice(before), [
    ...["open"],
    ...["write", "fsetstat", "fstat", "lstat"],
    ...["close", "rename"],
  ]);
});

Deno.test("uploadFiles() knows its file that a server linked to its name when it died", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("targets");
  await using connection = await connectTo(server);
  await using later = new AsyncDisposableStack();
  const pairs = await makePairs(local.path, server, ["small"]);
  server.faults.answerInstead = async (request) => {
    if (request.kind !== "rename") return undefined;
    server.faults.answerInstead = undefined;
    await Deno.link(join(server.root, request.path), join(server.root, request.to));
    await server.killSessions();
    return failure;
  };

  const outcomes = await uploadFiles(connection, pairs, {
    reconnect: async () => later.use(await connectTo(server)),
  });

  assertEquals(outcomes.map(codeOf), ["done"]);
  assertEquals(filesBelow(server.root), ["small"]);
});

forEachSftpServer(
  "uploadFiles() takes a link to a folder for the folder, and names what else is in its place",
  async (server) => {
    await using local = await temporaryFolder("targets");
    await using connection = await connectTo(server);
    const [pair] = await makePairs(local.path, server, ["small"]);
    assert(pair !== undefined);
    await Deno.mkdir(join(server.root, "real"));
    await Deno.symlink("real", join(server.root, "inbox"));
    await Deno.writeTextFile(join(server.root, "file"), "");
    const folders = ["inbox", "inbox/deep", "file"];

    const outcomes = await uploadFiles(
      connection,
      folders.map((folder) => ({ ...pair, remotePath: server.remotePath(`${folder}/small`) })),
      { createFolders: true },
    );

    assertEquals(outcomes.map(codeOf), [
      "done",
      "done",
      "REMOTE_FILE_EXISTS",
    ]);
    assertEquals(filesBelow(join(server.root, "real")), ["deep/small", "small"]);
  },
);
