import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { FileOperationError } from "../../lib/core/mod.ts";
import { downloadFile, downloadFiles, uploadFile, uploadFiles } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { startSlowLine } from "../support/slow_line.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { codeOf, filesBelow, randomBytes } from "./transfer_fixtures.ts";

const chunk = 128 * 1024;
const smallest = 31_952; // what ssh2 asks of servers other than OpenSSH at once

/** Sizes around every boundary that the engine knows. */
const sizes = [0, 1, smallest - 1, smallest, smallest + 1, chunk - 1, chunk, chunk + 1, 700_001];

const names = ["plain.pdf", "a b.pdf", 'it\'s "quoted"', "Müller 日本", "-n", "%2e.txt", "a\nb"];

forEachSftpServer(
  "uploadFiles() and downloadFiles() carry every size and name over and back",
  async (server) => {
    await using local = await temporaryFolder("transfer");
    await using connection = await connectTo(server);
    const files = [
      ...sizes.map((size) => ({ name: `size-${size}`, size })),
      ...names.map((name) => ({ name, size: 100 })),
    ].filter(({ name }) => server.kind !== "proftpd" || !name.includes("\n"));
    const mtime = new Date("2024-02-29T12:34:56Z");
    for (const { name, size } of files) {
      const path = join(local.path, name);
      await Deno.writeFile(path, randomBytes(size, size + name.length));
      await Deno.utime(path, mtime, mtime);
    }

    const sent = await uploadFiles(
      connection,
      files.map(({ name }) => ({
        localPath: join(local.path, name),
        remotePath: server.remotePath(`new/folder/${name}`),
      })),
      { createFolders: true, sha256: true },
    );
    const got = await downloadFiles(
      connection,
      files.map(({ name }) => ({
        localPath: join(local.path, "back", "again", name),
        remotePath: server.remotePath(`new/folder/${name}`),
      })),
      { createFolders: true, sha256: true },
    );

    for (const [at, { name, size }] of files.entries()) {
      const content = await Deno.readFile(join(local.path, name));
      const sha256 = createHash("sha256").update(content).digest("hex");
      const paths = { remotePath: server.remotePath(`new/folder/${name}`) };
      const rest = { status: "done", bytes: size, resumedFrom: 0, sha256 } as const;
      const back = join(local.path, "back", "again", name);
      assertEquals<unknown>(sent[at], { ...paths, localPath: join(local.path, name), ...rest });
      assertEquals<unknown>(got[at], { ...paths, localPath: back, ...rest });
      assert(content.every((byte, index) => byte === readCached(back)[index]), name);
      assertEquals((await Deno.stat(back)).mtime, mtime);
      assertEquals((await Deno.stat(join(server.root, "new/folder", name))).mtime, mtime);
    }
    assertEquals(filesBelow(server.root).length, files.length);
    assertEquals(filesBelow(join(local.path, "back")).length, files.length);
  },
);

Deno.test("a transfer there and back gives the same bytes, whatever the size and the line", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("transfer-property");
  await using connection = await connectTo(server);
  let run = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.integer({ min: 0, max: 300_000 }),
        fc.tuple(
          fc.constantFrom(smallest, chunk),
          fc.integer({ min: 1, max: 8 }),
          fc.integer({
            min: -2,
            max: 2,
          }),
        ).map(([part, times, off]) => part * times + off),
      ),
      fc.boolean(),
      async (size, sha256) => {
        const name = `file-${++run}`;
        const content = randomBytes(size, run);
        const from = join(local.path, name);
        await Deno.writeFile(from, content);

        const sent = await uploadFile(connection, from, `/${name}`, { sha256, verify: sha256 });
        const got = await downloadFile(connection, `/${name}`, `${from}.back`, {
          sha256,
          resume: true,
        });

        assertEquals(sent.sha256, got.sha256);
        assertEquals(await digest(`${from}.back`), await digest(from));
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("a large file comes over several channels of a long line", async () => {
  await using server = await embeddedSftpServer();
  await using line = startSlowLine(server.port, 5);
  await using local = await temporaryFolder("transfer-channels");
  await using connection = await connectTo(server, { port: line.port });
  assert(connection.roundTripMs >= 9, `${connection.roundTripMs}`);
  const from = join(local.path, "big");
  await Deno.writeFile(from, randomBytes(10_000_000, 1));
  const seen: number[] = [];

  const options = { sha256: true, onProgress: ({ bytes }: { bytes: number }) => seen.push(bytes) };
  const sent = await uploadFile(connection, from, "/big", options);
  const got = await downloadFile(connection, "/big", `${from}.back`, options);

  assertEquals([sent.sha256, got.sha256], [await digest(from), await digest(from)]);
  assertEquals(await digest(`${from}.back`), await digest(from));
  // The embedded server does not say that it can flush a file.
  assertEquals(server.requests.filter((kind) => kind === "open").length, 1 + 8);
  assertEquals(seen.at(-1), 10_000_000);
  assert(seen.length > 20);
});

forEachSftpServer(
  "a large file goes over several channels to a server that writes in place",
  async (server) => {
    await using line = startSlowLine(server.port, 5);
    await using local = await temporaryFolder("transfer-channels");
    await using connection = await connectTo(server, { port: line.port });
    const asked: number[] = [];
    const channels = connection.channels.bind(connection);
    connection.channels = async (count) => {
      const given = await channels(count);
      asked.push(given.length);
      return given;
    };
    const from = join(local.path, "big");
    await Deno.writeFile(from, randomBytes(10_000_000, 1));

    await uploadFile(connection, from, server.remotePath("big"));

    assert(asked.length === 1 && (asked[0] ?? 0) >= 3, `${asked}`);
    assertEquals(await digest(join(server.root, "big")), await digest(from));
  },
  { kinds: ["openssh", "proftpd"] },
);

forEachSftpServer("downloadFile() leaves the same file and refuses another one", async (server) => {
  await using local = await temporaryFolder("transfer-existing");
  await using connection = await connectTo(server);
  const remotePath = server.remotePath("source");
  const target = join(local.path, "target");
  await Deno.writeTextFile(join(server.root, "source"), "same");
  await downloadFile(connection, remotePath, target);

  assertEquals((await downloadFile(connection, remotePath, target)).status, "skipped");

  await Deno.utime(target, 1, 1); // another time: it may be another file
  const refused = await assertRejects(
    () => downloadFile(connection, remotePath, target),
    FileOperationError,
  );
  assertEquals(refused.code, "LOCAL_FILE_EXISTS");
  assertEquals(
    (await downloadFile(connection, remotePath, target, { sha256: true })).status,
    "skipped",
  );
  await Deno.writeTextFile(target, "mine");
  await assertRejects(
    () => downloadFile(connection, remotePath, target, { sha256: true }),
    FileOperationError,
  );
  assertEquals(await Deno.readTextFile(target), "mine");
  const { status } = await downloadFile(connection, remotePath, target, { overwrite: true });
  assertEquals([status, await Deno.readTextFile(target)], ["done", "same"]);
  assertEquals(filesBelow(local.path), ["target"]);
});

forEachSftpServer("uploadFile() leaves the same file and refuses another one", async (server) => {
  await using local = await temporaryFolder("transfer-existing");
  await using connection = await connectTo(server);
  const remotePath = server.remotePath("target");
  for (const size of [4, 300_000]) {
    const source = join(local.path, "source");
    const served = join(server.root, "target");
    await Deno.writeFile(source, randomBytes(size, 1));
    await uploadFile(connection, source, remotePath, { overwrite: true });

    assertEquals((await uploadFile(connection, source, remotePath)).status, "skipped");

    await Deno.utime(served, 1, 1);
    const refused = await assertRejects(
      () => uploadFile(connection, source, remotePath),
      FileOperationError,
    );
    assertEquals(refused.code, "REMOTE_FILE_EXISTS");
    assertEquals(
      (await uploadFile(connection, source, remotePath, { sha256: true })).status,
      "skipped",
    );
    await Deno.writeFile(served, randomBytes(size, 2));
    await assertRejects(
      () => uploadFile(connection, source, remotePath, { verify: true }),
      FileOperationError,
    );
    assertEquals(await Deno.readFile(served), randomBytes(size, 2));
    const { status } = await uploadFile(connection, source, remotePath, { overwrite: true });
    assertEquals(status, "done");
    assertEquals(await digest(served), await digest(source));
    assertEquals(filesBelow(server.root), ["target"]);
  }
});

forEachSftpServer(
  "downloadFiles() goes on past a file that fails, and says of each what became of it",
  async (server) => {
    await using local = await temporaryFolder("transfer-outcomes");
    await using connection = await connectTo(server);
    await Deno.mkdir(join(server.root, "folder"));
    await Deno.writeTextFile(join(server.root, "good"), "good");
    await Deno.mkdir(join(local.path, "taken"));
    const pairs = [
      ["good", "one"],
      ["missing", "two"],
      ["folder", "three"],
      ["good", "no such folder/four"],
      ["good", "taken"],
      ["good", "five"],
    ].map(([from, to]) => ({
      remotePath: server.remotePath(from),
      localPath: join(local.path, `${to}`),
    }));
    const last: unknown[] = [];

    const outcomes = await downloadFiles(connection, pairs, {
      concurrency: 2,
      onProgress: (progress) => last.splice(0, 1, progress),
    });

    assertEquals(outcomes.map(codeOf), [
      "done",
      "NO_SUCH_FILE",
      server.kind === "proftpd" ? "PERMISSION_DENIED" : "NOT_A_FILE",
      "ENOENT",
      "NOT_A_FILE",
      "done",
    ]);
    assertEquals(
      outcomes.map(({ localPath }) => localPath),
      pairs.map(({ localPath }) => localPath),
    );
    assertEquals(last, [{ bytes: 8, filesDone: 2, filesFailed: 4, filesTotal: 6 }]);
    assertEquals(filesBelow(local.path), ["five", "one"]);
  },
);

forEachSftpServer(
  "uploadFiles() carries 600 small files and leaves nothing beside them",
  async (server) => {
    await using local = await temporaryFolder("transfer-many");
    await using connection = await connectTo(server);
    const pairs = Array.from({ length: 600 }, (_, at) => ({
      localPath: join(local.path, `file-${at}`),
      remotePath: server.remotePath(`file-${at}`),
    }));
    for (const [at, { localPath }] of pairs.entries()) {
      await Deno.writeTextFile(localPath, `content ${at}`);
    }

    const sent = await uploadFiles(connection, pairs);
    const again = await uploadFiles(connection, pairs);
    const back = await downloadFiles(
      connection,
      pairs.map((pair) => ({ ...pair, localPath: `${pair.localPath}.back` })),
    );

    assert(sent.every(({ status }) => status === "done"));
    assert(again.every(({ status }) => status === "skipped"));
    assert(back.every(({ status }) => status === "done"));
    assertEquals(filesBelow(server.root).length, 600);
    for (const [at, { localPath }] of pairs.entries()) {
      assertEquals(await Deno.readTextFile(`${localPath}.back`), `content ${at}`);
    }
  },
);

forEachSftpServer(
  "downloadFiles() believes no listing that has become old",
  async (server) => {
    await using local = await temporaryFolder("transfer-listed");
    await using connection = await connectTo(server);
    const source = join(server.root, "source");
    await Deno.writeTextFile(source, "as it is");
    await Deno.utime(source, 1_700_000_000, 1_700_000_000);
    const mtimeMs = 1_700_000_000_000;
    const listings = [
      { size: 8, mtimeMs },
      { size: 8, mtimeMs: mtimeMs - 1000 },
      { size: 7, mtimeMs },
      { size: 9, mtimeMs },
      { size: 10_000_000, mtimeMs },
      { size: 0, mtimeMs: 0 },
    ];

    const outcomes = await downloadFiles(
      connection,
      listings.map((listed, at) => ({
        remotePath: server.remotePath("source"),
        localPath: join(local.path, `${at}`),
        listed,
      })),
    );

    assertEquals(outcomes.map((one) => "bytes" in one && one.bytes), listings.map(() => 8));
    for (const { localPath } of outcomes) {
      assertEquals(await Deno.readTextFile(localPath), "as it is");
      assertEquals((await Deno.stat(localPath)).mtime?.getTime(), mtimeMs);
    }
    assertEquals(filesBelow(local.path).length, listings.length);
  },
);

forEachSftpServer(
  "downloadFiles() of many files meets each target that is there, and one that comes meanwhile",
  async (server) => {
    await using local = await temporaryFolder("transfer-targets");
    await using connection = await connectTo(server);
    const pairs = Array.from({ length: 60 }, (_, at) => ({
      remotePath: server.remotePath("source"),
      localPath: join(local.path, `${at}`),
    }));
    const [same = "", other = "", folder = "", sameLater = "", otherLater = ""] = pairs
      .map(({ localPath }) => localPath);
    const source = join(server.root, "source");
    await Deno.writeTextFile(source, "wanted");
    await Deno.utime(source, 1_700_000_000, 1_700_000_000);
    const copyTo = (path: string) => {
      Deno.writeTextFileSync(path, "wanted");
      Deno.utimeSync(path, 1_700_000_000, 1_700_000_000);
    };
    copyTo(same);
    await Deno.writeTextFile(other, "another");
    await Deno.mkdir(folder);
    let isFirst = true;

    const outcomes = await downloadFiles(connection, pairs.toReversed(), {
      concurrency: 1,
      onProgress: () => {
        if (!isFirst) return;
        isFirst = false;
        copyTo(sameLater);
        Deno.writeTextFileSync(otherLater, "another");
      },
    });

    assertEquals(outcomes.toReversed().slice(0, 6).map(codeOf), [
      "skipped",
      "LOCAL_FILE_EXISTS",
      "NOT_A_FILE",
      "skipped",
      "LOCAL_FILE_EXISTS",
      "done",
    ]);
    assertEquals(await Deno.readTextFile(other), "another");
    assertEquals(await Deno.readTextFile(otherLater), "another");
    assertEquals(filesBelow(local.path).length, 59); // the folder holds none
  },
);

Deno.test("uploadFile() takes a regular file only, and one that it may read", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("transfer-source");
  await using connection = await connectTo(server);

  const codes = [];
  for (const path of [local.path, join(local.path, "missing")]) {
    const error = await assertRejects(
      () => uploadFile(connection, path, "/target"),
      FileOperationError,
    );
    codes.push(error.code);
  }

  assertEquals(codes, ["NOT_A_FILE", "ENOENT"]);
  assertEquals(filesBelow(server.root), []);
});

let cached: { path: string; bytes: Uint8Array } | undefined;

function readCached(path: string): Uint8Array {
  if (cached?.path !== path) cached = { path, bytes: Deno.readFileSync(path) };
  return cached.bytes;
}

async function digest(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}
