import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  ConfigurationError,
  FileOperationError,
  OpsdeckError,
  Secret,
  SFTPConnectionError,
} from "../../lib/core/mod.ts";
import { isMissing, openConnection } from "../../lib/sftp/mod.ts";
import { generateSshKey } from "../../lib/sftp/embedded/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo, targetOf } from "../support/sftp_connection.ts";
import { opensshServer } from "../support/openssh_server.ts";
import { forEachSftpServer, needs } from "../support/sftp_server.ts";

const strangeNames = ["a b.pdf", 'it\'s "quoted".pdf', "Müller – 日本.pdf", "-rf", "%41.txt"];

forEachSftpServer("SftpConnection works on files under any name", async (server) => {
  await using connection = await connectTo(server);
  await connection.mkdir(server.remotePath("inbox/deep"), { recursive: true });
  for (const name of strangeNames) {
    await Deno.writeTextFile(join(server.root, "inbox", name), name);
  }

  const listed = await connection.list(server.remotePath("inbox"));

  assertEquals(listed.map(({ name }) => name).sort(), [...strangeNames, "deep"].sort());
  for (const { name, path, kind, size, mtimeMs } of listed) {
    assertEquals(kind, name === "deep" ? "directory" : "file");
    assertEquals(path, server.remotePath(`inbox/${name}`));
    if (kind === "directory") continue;
    assertEquals(size, new TextEncoder().encode(name).length);
    assert(Math.abs(mtimeMs - Date.now()) < 60_000);
    await connection.setTimes(path, 1_700_000_000_000);
    assertEquals((await connection.stat(path)).mtimeMs, 1_700_000_000_000);
    await connection.rename(path, server.remotePath(`inbox/deep/${name}`));
    await connection.remove(server.remotePath(`inbox/deep/${name}`));
  }
  await connection.rmdir(server.remotePath("inbox/deep"));
  assertEquals(await connection.list(server.remotePath("inbox")), []);
  assertEquals(await connection.exists(server.remotePath("inbox/deep")), undefined);
  assert((await connection.realPath(".")).startsWith("/"));
  assertMatch(connection.serverIdent, /^SSH-2\.0-/);
});

forEachSftpServer(
  "SftpConnection.list() gives links as links and thousands of names",
  async (server) => {
    const folder = join(server.root, "many");
    await Deno.mkdir(folder);
    const names = Array.from({ length: 2500 }, (_, at) => `file-${at}`);
    await Promise.all(names.map((name) => Deno.writeTextFile(join(folder, name), "")));
    await Deno.symlink("file-0", join(folder, "link.pdf"));
    await using connection = await connectTo(server);

    const listed = await connection.list(server.remotePath("many"));

    assertEquals(listed.length, 2501);
    assertEquals(new Set(listed.map(({ name }) => name)).size, 2501);
    assertEquals(listed.find(({ name }) => name === "link.pdf")?.kind, "symlink");
    const { kind } = await connection.lstat(server.remotePath("many/link.pdf"));
    assertEquals(kind, server.kind === "proftpd" ? "file" : "symlink");
    assertEquals((await connection.stat(server.remotePath("many/link.pdf"))).kind, "file");
  },
);

forEachSftpServer(
  "SftpConnection.rename() never overwrites, and of two at once one wins",
  async (server) => {
    await using connection = await connectTo(server);
    await using other = await connectTo(server);
    const [a, b, c] = ["a", "b", "c"].map((name) => server.remotePath(name));
    assert(a !== undefined && b !== undefined && c !== undefined);
    await Deno.writeTextFile(join(server.root, "a"), "one");
    await Deno.writeTextFile(join(server.root, "b"), "two");

    const taken = await assertRejects(() => connection.rename(a, b), FileOperationError);
    assertEquals(taken.code, "REMOTE_FILE_EXISTS");
    assertEquals(await Deno.readTextFile(join(server.root, "b")), "two");

    const both = await Promise.allSettled([connection.rename(a, c), other.rename(a, c)]);
    assertEquals(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    for (const one of both) {
      if (one.status === "rejected") {
        assert(isMissing(one.reason), one.reason);
      }
    }

    await connection.replace(c, b);
    assertEquals(await Deno.readTextFile(join(server.root, "b")), "one");
    assertEquals(await connection.exists(c), undefined);
  },
);

forEachSftpServer("SftpConnection.mkdir() tells taken, missing and done apart", async (server) => {
  await using connection = await connectTo(server);
  const deep = server.remotePath("x/y/z");

  const lost = await assertRejects(() => connection.mkdir(deep), FileOperationError);
  assertEquals(lost.code, "NO_SUCH_FILE");
  await Promise.all(Array.from({ length: 4 }, () => connection.mkdir(deep, { recursive: true })));
  const taken = await assertRejects(() => connection.mkdir(deep), FileOperationError);

  assertEquals(taken.code, "REMOTE_FILE_EXISTS");
  assertEquals((await connection.stat(deep)).kind, "directory");
});

forEachSftpServer(
  "openConnection() refuses a host key that is not trusted, now or later",
  async (server) => {
    const refusals = [() => false, () => Promise.resolve(false)];
    for (const verifyHostKey of refusals) {
      const error = await assertRejects(
        () => connectTo(server, { verifyHostKey }),
        ConfigurationError,
      );
      assertEquals(error.code, "HOST_KEY");
    }
    const thrown = new ConfigurationError("no such key", { code: "HOST_KEY_UNKNOWN" });
    const throwing = [() => Promise.reject(thrown), (): boolean => {
      throw thrown;
    }];
    for (const verifyHostKey of throwing) {
      const error = await assertRejects(() => connectTo(server, { verifyHostKey }), OpsdeckError);
      assertEquals(error.code, "HOST_KEY_UNKNOWN");
    }
    const { promise: later, resolve } = Promise.withResolvers<boolean>();
    setTimeout(() => resolve(true), 50);
    await using connection = await connectTo(server, { verifyHostKey: () => later });
    assert(connection.isActive());
  },
);

forEachSftpServer("openConnection() says that a login was refused", async (server) => {
  const { privateKey } = await generateSshKey();
  const key = new TextEncoder().encode(privateKey);

  const error = await assertRejects(
    () => connectTo(server, { privateKey: { key } }),
    ConfigurationError,
  );

  assertEquals(error.code, "LOGIN_REFUSED");
});

forEachSftpServer(
  "openConnection() logs in with a password, and says when it is wrong",
  async (server) => {
    const { privateKey: _, ...target } = targetOf(server);
    const password = new Secret(server.password ?? "");

    await using connection = await openConnection({ ...target, password });
    assert(connection.isActive());
    const error = await assertRejects(
      () => openConnection({ ...target, password: new Secret("wrong-password") }),
      ConfigurationError,
    );

    assertEquals(error.code, "LOGIN_REFUSED");
    assert(!Deno.inspect(error).includes("wrong-password"));
  },
  { kinds: ["embedded", "proftpd"] },
);

Deno.test(
  "openConnection() knows a login that the server ends with a goodbye",
  needs("openssh"),
  async () => {
    await using server = await opensshServer({ settings: ["MaxAuthTries 1"] });
    const { privateKey } = await generateSshKey();

    const error = await assertRejects(
      () => connectTo(server, { privateKey: { key: new TextEncoder().encode(privateKey) } }),
      ConfigurationError,
    );

    assertEquals(error.code, "LOGIN_REFUSED");
  },
);

Deno.test("openConnection() reads an encrypted key, and names what is wrong with a key", async () => {
  await using server = await embeddedSftpServer();
  const { privateKey, publicKey } = await generateSshKey({ passphrase: "open sesame" });
  await server.authorize(publicKey);
  const key = new TextEncoder().encode(privateKey);

  await using connection = await connectTo(server, {
    privateKey: { key, passphrase: new Secret("open sesame") },
  });
  assert(connection.isActive());
  for (
    const wrong of [
      { key },
      { key, passphrase: new Secret("closed sesame") },
      { key: new TextEncoder().encode("no key") },
      { key: new TextEncoder().encode(publicKey) },
    ]
  ) {
    const error = await assertRejects(
      () => connectTo(server, { privateKey: wrong }),
      ConfigurationError,
    );
    assertEquals(error.code, "PRIVATE_KEY");
    assertStringIncludes(error.message, "SFTP_PASSPHRASE");
    assert(!Deno.inspect(error).includes("closed sesame"));
  }
});

Deno.test("openConnection() ends at its deadline and its signal before a silent server", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const greeted = silent.accept();
  const target = {
    host: "127.0.0.1",
    port: silent.addr.port,
    username: "nobody",
    password: new Secret("nothing"),
    verifyHostKey: () => true,
  };

  const late = await assertRejects(
    () => openConnection({ ...target, connectTimeoutMs: 200 }),
    SFTPConnectionError,
  );
  assertStringIncludes(late.message, "200 ms");
  (await greeted).close();

  const reason = new Error("enough");
  const stop = new AbortController();
  const opening = openConnection(target, { signal: stop.signal });
  const second = await silent.accept();
  stop.abort(reason);
  assertEquals(await opening.catch((error) => error), reason);
  second.close();
});

Deno.test("openConnection() says that nobody listens, or that somebody else does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = {
    host: "127.0.0.1",
    port: listener.addr.port,
    username: "nobody",
    password: new Secret("nothing"),
    verifyHostKey: () => true,
  };
  const answered = (async () => {
    const client = await listener.accept();
    await client.write(new TextEncoder().encode("220 mail.example.com ESMTP\r\n"));
    client.close();
  })();

  await assertRejects(() => openConnection(target), SFTPConnectionError);
  await answered;
  listener.close();
  const error = await assertRejects(() => openConnection(target), SFTPConnectionError);

  assertEquals(error.exitCode, 4);
  assert(error.retryable);
});

forEachSftpServer(
  "SftpConnection settles 12 operations at once when the server dies",
  async (server) => {
    await using connection = await connectTo(server);
    await Deno.writeFile(join(server.root, "big"), new Uint8Array(1_000_000));
    const running = Array.from(
      { length: 12 },
      (_, at) =>
        at % 2 === 0
          ? connection.list(server.remotePath(""))
          : connection.call<unknown>("wait for", "nothing", () => {}),
    );
    const settled = Promise.allSettled(running);

    await server.killSessions();
    const outcomes = await settled;
    const reason = await connection.closed;

    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        assert(outcome.reason instanceof SFTPConnectionError);
      }
    }
    assert(outcomes.filter(({ status }) => status === "rejected").length >= 6);
    assert(reason instanceof SFTPConnectionError);
    assertEquals(connection.isActive(), false);
    await assertRejects(() => connection.stat(server.remotePath("big")), SFTPConnectionError);
    await assertRejects(() => connection.channels(2), SFTPConnectionError);
  },
);

forEachSftpServer(
  "SftpConnection ends an operation at its deadline when the server freezes",
  async (server) => {
    await using connection = await connectTo(server, {
      operationTimeoutMs: 300,
      keepaliveIntervalMs: 400,
    });
    await server.freeze();

    const late = await assertRejects(() => connection.stat(server.remotePath("")), OpsdeckError);
    const reason = await connection.closed;
    await server.thaw();

    assertEquals(late.code, "OPERATION_TIMEOUT");
    assert(late.retryable);
    assertStringIncludes(reason?.message ?? "", "Keepalive timeout");
  },
);

forEachSftpServer(
  "SftpConnection.channels() makes do with what the server allows",
  async (server) => {
    await using connection = await connectTo(server);

    const channels = await connection.channels(12);
    const again = await connection.channels(2);

    assert(channels.length >= 1 && channels.length <= 3, `${channels.length}`);
    assert(again.length >= 1 && again.length <= 2);
    assertEquals((await connection.stat(server.remotePath(""))).kind, "directory");
  },
  { maxChannels: 4, kinds: ["embedded", "openssh"] },
);

forEachSftpServer(
  "SftpConnection ends only the operation whose signal is aborted",
  async (server) => {
    await using connection = await connectTo(server);
    const stop = new AbortController();
    const reason = new Error("not needed any more");
    const waiting = connection.call<unknown>("wait for", "nothing", () => {}, {
      signal: stop.signal,
    });

    stop.abort(reason);

    assertEquals(await waiting.catch((error) => error), reason);
    assertEquals((await connection.stat(server.remotePath(""))).kind, "directory");
    const thrown = await assertRejects(() =>
      connection.call<unknown>("fail at", "x", () => {
        throw new Error("No SFTP connection available");
      }), SFTPConnectionError);
    assertStringIncludes(thrown.message, "Cannot fail at 'x'");
  },
);

forEachSftpServer("SftpConnection.close() is the end without a reason", async (server) => {
  const connection = await connectTo(server);
  const waiting = connection.call<unknown>("wait for", "nothing", () => {});
  waiting.catch(() => {});

  await connection.close();
  await connection.close();

  assertEquals(await connection.closed, undefined);
  await assertRejects(() => waiting, SFTPConnectionError);
});

Deno.test("SftpConnection shows control characters of names in its messages", async () => {
  await using server = await embeddedSftpServer();
  await using connection = await connectTo(server);

  const error = await assertRejects(() => connection.stat("/a\u001b[2Jb\n"), FileOperationError);

  assertStringIncludes(error.message, "'/a\\u001b[2Jb\\u000a'");
  assertStringIncludes(error.message, `tester@127.0.0.1:${server.port}`);
});
