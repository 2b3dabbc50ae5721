import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  ConfigurationError,
  FileOperationError,
  OpsdeckError,
  SFTPConnectionError,
} from "../../lib/core/mod.ts";
import {
  downloadFile,
  downloadFiles,
  type FileOutcome,
  uploadFile,
  uploadFiles,
} from "../../lib/sftp/mod.ts";
import { SftpStatusCode } from "../../lib/sftp/embedded/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { forEachSftpServer, type SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { filesBelow, randomBytes } from "./transfer_fixtures.ts";

const bigBytes = 3_000_000;

/** A folder with one big file and many small ones, and the same names on the server. */
async function makeFiles(folder: string, count = 40): Promise<string[]> {
  const names = Array.from({ length: count }, (_, at) => `file-${at}`);
  for (const [at, name] of names.entries()) {
    await Deno.writeFile(join(folder, name), randomBytes(at === 0 ? bigBytes : 20_000, at));
  }
  return names;
}

function pairsOf(names: readonly string[], server: SftpServer, folder: string) {
  return names.map((name) => ({
    localPath: join(folder, name),
    remotePath: server.remotePath(name),
  }));
}

forEachSftpServer(
  "downloadFiles() reports a lost connection for every file it held up, and no half a file",
  async (server) => {
    const names = await makeFiles(server.root);
    await using local = await temporaryFolder("lost");
    await using connection = await connectTo(server);
    let isKilled = false;

    const outcomes = await downloadFiles(connection, pairsOf(names, server, local.path), {
      concurrency: 4,
      onProgress: ({ bytes }) => {
        if (bytes < 200_000 || isKilled) return;
        isKilled = true;
        server.killSessions();
      },
    });

    assertEquals(outcomes.length, names.length);
    const failed = outcomes.filter((outcome) => "error" in outcome);
    assert(failed.length > 0);
    for (const { error } of failed) assert(error instanceof SFTPConnectionError && error.retryable);
    await assertWhole(outcomes, server.root, local.path);
  },
);

forEachSftpServer(
  "uploadFiles() settles every file when the server dies, and the next run does the rest",
  async (server) => {
    await using local = await temporaryFolder("lost");
    const names = await makeFiles(local.path);
    const pairs = pairsOf(names, server, local.path);
    let isKilled = false;
    {
      await using connection = await connectTo(server);
      const outcomes = await uploadFiles(connection, pairs, {
        concurrency: 4,
        onProgress: ({ bytes }) => {
          if (bytes < 200_000 || isKilled) return;
          isKilled = true;
          server.killSessions();
        },
      });
      assertEquals(outcomes.length, names.length);
      assert(outcomes.some((outcome) => "error" in outcome));
      await assertWhole(outcomes, local.path, server.root);
    }

    await using connection = await connectTo(server);
    const outcomes = await uploadFiles(connection, pairs);

    assert(outcomes.every(({ status }) => status === "done" || status === "skipped"));
    await assertWhole(outcomes, local.path, server.root);
    const parts = filesBelow(server.root).filter((name) => !names.includes(name));
    for (const part of parts) assert(/^\.file-\d+\.[0-9a-f]{16}\.opsdeck-part$/.test(part), part);
  },
);

for (const direction of ["download", "upload"] as const) {
  forEachSftpServer(
    `${direction}Files() goes on over a new connection and does no file twice`,
    async (server) => {
      await using local = await temporaryFolder("reconnect");
      const isDownload = direction === "download";
      const names = await makeFiles(isDownload ? server.root : local.path);
      const pairs = pairsOf(names, server, local.path);
      await using first = await connectTo(server);
      await using later = new AsyncDisposableStack();
      let kills = 0;
      let connections = 0;
      let seen = 0;

      const outcomes = await (isDownload ? downloadFiles : uploadFiles)(first, pairs, {
        concurrency: 4,
        reconnect: async () => {
          connections++;
          return later.use(await connectTo(server));
        },
        onProgress: ({ filesDone }) => {
          seen = Math.max(seen, filesDone);
          if (kills < 3 && filesDone >= 10 * kills + 1) {
            kills++;
            server.killSessions();
          }
        },
      });

      assertEquals(outcomes.map(({ status }) => status), names.map(() => "done"));
      assert(connections >= 3, `${connections}`);
      assertEquals(seen, names.length);
      await assertWhole(
        outcomes,
        isDownload ? server.root : local.path,
        isDownload ? local.path : server.root,
      );
      assertEquals(filesBelow(server.root), names.toSorted());
      assertEquals(filesBelow(local.path), names.toSorted());
    },
  );
}

Deno.test("uploadFiles() knows a file whose rename was done but not answered", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("lost-rename");
  const [name = ""] = await makeFiles(local.path, 1);
  await using first = await connectTo(server);
  await using later = new AsyncDisposableStack();
  const lost = server.loseAnswer(({ kind }) => kind === "rename");

  const outcomes = await uploadFiles(first, pairsOf([name], server, local.path), {
    reconnect: async () => later.use(await connectTo(server)),
  });
  await lost;

  assertEquals(outcomes.map(({ status }) => status), ["done"]);
  assertEquals(server.requests.filter((kind) => kind === "rename").length, 1);
  assertEquals(filesBelow(server.root), [name]);
});

Deno.test("uploadFiles() takes no other file of the same size for its own after a lost rename", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("unsent-rename");
  const [, name = ""] = await makeFiles(local.path, 2);
  const other = new Uint8Array(20_000);
  await Deno.writeFile(join(server.root, name), other);
  await Deno.utime(join(server.root, name), 1_700_000_000, 1_700_000_000);
  await using first = await connectTo(server);
  await using later = new AsyncDisposableStack();
  let isCut = false;
  server.faults.answerInstead = async ({ kind }) => {
    if (kind !== "rename" || isCut) return undefined;
    isCut = true;
    await server.killSessions(); // before anything was renamed
    return { kind: "status", code: SftpStatusCode.failure, message: "Failure" };
  };

  const [outcome] = await uploadFiles(first, pairsOf([name], server, local.path), {
    reconnect: async () => later.use(await connectTo(server)),
  });

  assert(outcome !== undefined && "error" in outcome, `${outcome?.status}`);
  assert(outcome.error instanceof FileOperationError, `${outcome.error}`);
  assertEquals(outcome.error.code, "REMOTE_FILE_EXISTS");
  assertEquals(await Deno.readFile(join(server.root, name)), other);
  assertEquals(filesBelow(server.root), [name]);
});

Deno.test("downloadFiles() gives up when no new connection carries a file", async () => {
  await using server = await embeddedSftpServer();
  const names = await makeFiles(server.root, 3);
  await using local = await temporaryFolder("give-up");
  await using connection = await connectTo(server);
  let attempts = 0;
  await server.killSessions();
  await connection.closed;

  const outcomes = await downloadFiles(connection, pairsOf(names, server, local.path), {
    maxReconnects: 2,
    reconnect: () => {
      attempts++;
      return Promise.reject(new SFTPConnectionError("Cannot reach it"));
    },
  });

  assertEquals(attempts, 2);
  assert(outcomes.every((outcome) => outcome.status === "failed"));
});

Deno.test("downloadFiles() asks once, and says why, when a new connection is refused for good", async () => {
  await using server = await embeddedSftpServer();
  const names = await makeFiles(server.root, 3);
  await using local = await temporaryFolder("refused");
  await using connection = await connectTo(server);
  let attempts = 0;
  await server.killSessions();
  await connection.closed;

  const outcomes = await downloadFiles(connection, pairsOf(names, server, local.path), {
    concurrency: 1,
    reconnect: () => {
      attempts++;
      return Promise.reject(new ConfigurationError("Wrong", { code: "LOGIN_REFUSED" }));
    },
  });

  assertEquals(attempts, 1);
  for (const outcome of outcomes) assert("error" in outcome && outcome.error.message === "Wrong");
});

forEachSftpServer("a transfer ends when the server freezes", async (server) => {
  const names = await makeFiles(server.root, 6);
  await using local = await temporaryFolder("frozen");
  await using connection = await connectTo(server, {
    operationTimeoutMs: 500,
    keepaliveIntervalMs: 300,
  });
  let frozen: Promise<void> | undefined;

  const outcomes = await downloadFiles(connection, pairsOf(names, server, local.path), {
    concurrency: 2,
    onProgress: () => {
      frozen ??= server.freeze();
    },
  });
  await frozen;
  await server.thaw();

  const failed = outcomes.filter((outcome) => "error" in outcome);
  assert(failed.length > 0);
  for (const { error } of failed) {
    assert(error instanceof OpsdeckError && error.retryable, `${error}`);
  }
  await assertWhole(outcomes, server.root, local.path);
});

Deno.test("uploadFiles() says that the server has no room, and leaves no half a file", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("no-room");
  const names = await makeFiles(local.path, 4);
  await using connection = await connectTo(server);
  server.faults.failWritesAfterBytes = 1_000_000;

  const outcomes = await uploadFiles(connection, pairsOf(names, server, local.path), {
    concurrency: 1,
  });

  for (const outcome of outcomes) {
    assert("error" in outcome && outcome.error instanceof FileOperationError);
    assertEquals(outcome.error.code, "SFTP_FAILURE");
    assertEquals(outcome.error.retryable, false);
    assertStringIncludes(outcome.error.message, "check the free space and the quota");
  }
  assertEquals(filesBelow(server.root), []);
});

Deno.test("downloadFile() reads a source again that changes, and gives up on one that never rests", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("changing");
  await using connection = await connectTo(server);
  const served = join(server.root, "log");
  const target = join(local.path, "log");
  for (const size of [1000, 1_000_000]) {
    let changes = 1;
    await Deno.writeFile(served, randomBytes(size, 1));
    server.faults.answerInstead = async ({ kind }) => {
      if (kind === "read" && changes-- > 0) {
        await Deno.writeFile(served, randomBytes(size, 2), { append: true });
      }
      return undefined;
    };

    const once = await downloadFile(connection, "/log", target, { overwrite: true, resume: true });
    assertEquals(once.bytes, 2 * size);
    assertEquals(await Deno.readFile(target), await Deno.readFile(served));

    changes = Infinity;
    const error = await assertRejects(
      () => downloadFile(connection, "/log", target, { overwrite: true, resume: true }),
      FileOperationError,
    );
    assertEquals([error.code, error.retryable], ["SOURCE_CHANGED", true]);
    assertEquals((await Deno.stat(target)).size, 2 * size);
    assertEquals(filesBelow(local.path), ["log"]);
  }
});

Deno.test("downloadFile() notices a change behind its back, of the same size", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("changing");
  await using connection = await connectTo(server);
  const served = join(server.root, "big");
  await Deno.writeFile(served, randomBytes(1_000_000, 1));
  let changes = 1;
  server.faults.answerInstead = async (request) => {
    if (request.kind === "read" && request.offset > 500_000 && changes-- > 0) {
      await Deno.writeFile(served, randomBytes(1_000_000, 2));
      await Deno.utime(served, 1_700_000_000, 1_700_000_000);
    }
    return undefined;
  };

  await downloadFile(connection, "/big", join(local.path, "big"));

  assertEquals(await Deno.readFile(join(local.path, "big")), randomBytes(1_000_000, 2));
});

Deno.test("uploadFile() refuses a source that changes while it is read", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("changing");
  await using connection = await connectTo(server);
  for (const size of [1000, 1_000_000]) {
    const source = join(local.path, `log-${size}`);
    await Deno.writeFile(source, randomBytes(size, 1));
    server.faults.answerInstead = async ({ kind }) => {
      if (kind === "write") await Deno.writeFile(source, randomBytes(10, 2), { append: true });
      return undefined;
    };

    const error = await assertRejects(
      () => uploadFile(connection, source, "/log"),
      FileOperationError,
    );

    assertEquals(error.code, "SOURCE_CHANGED");
    assertEquals(filesBelow(server.root), []);
  }
});

Deno.test("verify finds what the server stored wrongly", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("verify");
  await using connection = await connectTo(server);
  server.faults.answerInstead = ({ kind }) =>
    Promise.resolve(
      kind === "read" ? { kind: "data", data: new Uint8Array(1000).fill(7) } : undefined,
    );
  const source = join(local.path, "source");
  await Deno.writeFile(source, randomBytes(1000, 1));

  const error = await assertRejects(
    () => uploadFile(connection, source, "/target", { verify: true }),
    FileOperationError,
  );

  assertEquals([error.code, error.category], ["CONTENT_MISMATCH", "DATA_CORRUPTION"]);
  assertEquals(filesBelow(server.root), []);
});

for (const direction of ["download", "upload"] as const) {
  forEachSftpServer(
    `${direction}Files() stops at once when its signal is aborted, and cleans up`,
    async (server) => {
      await using local = await temporaryFolder("abort");
      const isDownload = direction === "download";
      const names = await makeFiles(isDownload ? server.root : local.path, 20);
      await using connection = await connectTo(server);
      const stop = new AbortController();
      const reason = new Error("enough");

      const transfer = (isDownload ? downloadFiles : uploadFiles)(
        connection,
        pairsOf(names, server, local.path),
        {
          concurrency: 3,
          signal: stop.signal,
          onProgress: ({ bytes }) => {
            if (bytes > 100_000) stop.abort(reason);
          },
        },
      );

      assertEquals(await transfer.catch((error) => error), reason);
      const written = filesBelow(isDownload ? local.path : server.root);
      assert(written.every((name) => names.includes(name)), written.join());
      assert(written.length < names.length);
      assertEquals((await connection.stat(server.remotePath(""))).kind, "directory");
    },
  );
}

Deno.test("downloadFiles() takes no new file once it is asked to stop", async () => {
  await using server = await embeddedSftpServer();
  await using local = await temporaryFolder("stop");
  const names = await makeFiles(server.root, 20);
  await using connection = await connectTo(server);
  const stop = new AbortController();

  const outcomes = await downloadFiles(connection, pairsOf(names, server, local.path), {
    concurrency: 2,
    stopSignal: stop.signal,
    onProgress: ({ filesDone }) => {
      if (filesDone === 3) stop.abort();
    },
  });

  const count = (status: string) => outcomes.filter((one) => one.status === status).length;
  assert(count("done") >= 3 && count("done") <= 5, `${count("done")}`);
  assertEquals(count("done") + count("stopped"), names.length);
  assertEquals(filesBelow(local.path).length, count("done"));
});

/** Every file that is there is whole, and every one that was reported is there. */
async function assertWhole(
  outcomes: readonly FileOutcome[],
  source: string,
  target: string,
): Promise<void> {
  const there = new Set(filesBelow(target));
  for (const outcome of outcomes) {
    const name = outcome.localPath.slice(outcome.localPath.lastIndexOf("/") + 1);
    if (outcome.status === "done") assert(there.has(name), name);
    if (!there.has(name)) continue;
    assertEquals(await Deno.readFile(join(target, name)), await Deno.readFile(join(source, name)));
  }
}
