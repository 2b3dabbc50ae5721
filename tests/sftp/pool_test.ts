import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ConfigurationError, SFTPConnectionError } from "../../lib/core/mod.ts";
import { ConnectionPool, parseClientConfig } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import { forEachSftpServer, type SftpServer } from "../support/sftp_server.ts";
import { waitFor } from "../support/wait_for.ts";

function settings(server: SftpServer, changes = {}) {
  return parseClientConfig(clientConfig(server, changes));
}

forEachSftpServer("ConnectionPool gives all of a project one connection", async (server) => {
  await using pool = new ConnectionPool();

  const [first, second, third] = await Promise.all([
    pool.get(settings(server)),
    pool.get(settings(server)),
    pool.get(settings(server)),
  ]);

  assertStrictEquals(first, second);
  assertStrictEquals(first, third);
  assertStrictEquals(await pool.get(settings(server)), first);
  assertEquals(pool.size, 1);
});

Deno.test("ConnectionPool opens one connection however many ask at once", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool();

  await Promise.all(Array.from({ length: 20 }, () => pool.get(settings(server))));

  assertEquals(server.connectionsMade, 1);
});

Deno.test("ConnectionPool gives another project, login or host key another connection", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool();
  const first = await pool.get(settings(server));
  const pins = `${server.hostKeyFingerprint},SHA256:${"A".repeat(43)}`;

  const others = await Promise.all([
    pool.get(settings(server, { project_id: "other" })),
    pool.get(settings(server, { sftp_private_key: undefined, sftp_pass: server.password })),
    pool.get(settings(server, { sftp_host_key: pins })),
  ]);

  assertEquals(new Set([first, ...others]).size, 4);
  await assertRejects(
    () => pool.get(settings(server, { sftp_private_key: undefined, sftp_pass: "wrong-one" })),
    ConfigurationError,
    "the server refused the login; check sftp_user, sftp_pass",
  );
  assertEquals(pool.size, 4);
});

forEachSftpServer("ConnectionPool replaces a connection that the server ended", async (server) => {
  await using pool = new ConnectionPool();
  const first = await pool.get(settings(server));

  await server.killSessions();
  await first.closed;
  const second = await pool.get(settings(server));

  assertEquals([first.isActive(), second.isActive()], [false, true]);
  assertEquals(await second.list(server.remotePath()), []);
  assertEquals(pool.size, 1);
});

forEachSftpServer("ConnectionPool waits for a server that comes back", async (server) => {
  await using pool = new ConnectionPool({ maxRetries: 20 });
  const first = await pool.get(settings(server));
  await server.stop();
  await first.closed;

  const second = pool.get(settings(server));
  await server.start();

  assertEquals((await second).isActive(), true);
});

forEachSftpServer(
  "ConnectionPool tries a connection that was idle before it gives it out",
  async (server) => {
    await using pool = new ConnectionPool({ checkAfterIdleMs: 0, checkTimeoutMs: 300 });
    const first = await pool.get(settings(server));
    assertStrictEquals(await pool.get(settings(server)), first);

    await server.freeze();
    const second = pool.get(settings(server));
    await waitFor(() => !first.isActive(), { what: "the end of the silent connection" });
    await server.thaw();

    assert(await second !== first);
    assertEquals((await second).isActive(), true);
  },
);

Deno.test("ConnectionPool closes what is idle, and the longest idle when it is full", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool({ maxConnections: 2, idleTimeoutMs: 300 });

  const first = await pool.get(settings(server, { project_id: "1" }));
  const second = await pool.get(settings(server, { project_id: "2" }));
  await second.list("/");
  const third = await pool.get(settings(server, { project_id: "3" }));
  assertEquals([first.isActive(), second.isActive(), third.isActive()], [false, true, true]);

  await waitFor(() => pool.size === 0, { what: "an empty pool" });
  await waitFor(() => server.connections === 0, { what: "the end of the connections" });
});

Deno.test("ConnectionPool refuses one more when all are in use, as an error worth retrying", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool({ maxConnections: 1, idleTimeoutMs: 50 });
  const held = Promise.withResolvers<void>();
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "stat") await held.promise;
    return undefined;
  };
  const first = await pool.get(settings(server));
  const using_ = first.stat("/");

  const error = await assertRejects(
    () => pool.get(settings(server, { project_id: "other" })),
    SFTPConnectionError,
    "all 1 are in use",
  );

  assertEquals([error.code, error.retryable], ["POOL_FULL", true]);
  held.resolve();
  await using_;
  const other = await waitFor(
    () => pool.get(settings(server, { project_id: "other" })).catch(() => undefined),
    { what: "a free place" },
  );
  assertEquals([first.isActive(), other.isActive()], [false, true]);
});

Deno.test("ConnectionPool ends the openings under way when it is closed, and can be used again", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool();
  await server.freeze();
  const opening = pool.get(settings(server)).catch((error) => error);
  await waitFor(() => server.connectionsMade > 0, { what: "a connection" });

  await pool.closeAll();

  assertEquals((await opening).code, "POOL_CLOSED");
  await server.thaw();
  assertEquals((await pool.get(settings(server))).isActive(), true);
});

Deno.test("ConnectionPool lets one who waits give up without ending it for the others", async () => {
  await using server = await embeddedSftpServer();
  await using pool = new ConnectionPool();
  await server.freeze();
  const stop = new AbortController();
  const impatient = pool.get(settings(server), { signal: stop.signal });
  const patient = pool.get(settings(server));

  stop.abort(new Error("enough"));

  await assertRejects(() => impatient, Error, "enough");
  await server.thaw();
  assertEquals((await patient).isActive(), true);
});
