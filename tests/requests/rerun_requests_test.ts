import { assertEquals, assertRejects } from "@std/assert";
import { OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { rerunRequests } from "../../lib/requests/mod.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { waitFor } from "../support/wait_for.ts";
import { type RequestTables, requestTables, testRequests } from "./request_tables.ts";

/** Waits until a session of this database waits for a lock. */
async function someoneWaits({ postgres: { sql } }: RequestTables, what: string): Promise<void> {
  const waiting = () =>
    sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
  await waitFor(async () => (await waiting()).length > 0, { what });
}

const noWait = { sleep: () => Promise.resolve() };

testRequests(
  "rerunRequests() sets requests to pending and writes who asked and why",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests(
      { id: 1, status: 4, checksums: ["md5"] },
      { id: 2, status: 5 },
      { id: 3, status: 4 },
      { id: 4, status: null },
    );

    const result = await rerunRequests(tables.manager, [4, 2, 1], {
      requestedBy: "ada",
      reason: "late file",
    });

    assertEquals(result, {
      requests: [
        { RequestID: 1, previous_status: 4 },
        { RequestID: 2, previous_status: 5 },
        { RequestID: 4, previous_status: null },
      ],
      left_requests: [],
      unknown_ids: [],
      duplicate_ids: [],
      checksums_deleted: 0,
      unknown_checksum_keys: [],
      dry_run: false,
    });
    assertEquals(await tables.read(), {
      statuses: [[1, 1], [2, 1], [3, 4], [4, 1]],
      checksums: [[1, "md5"]],
      runs: [[1, "ada", "late file"], [2, "ada", "late file"], [4, "ada", "late file"]],
    });
  },
);

testRequests(
  "rerunRequests() reports unknown and repeated ids, and does the others",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests({ id: 1 }, { id: 2 });

    const result = await rerunRequests(tables.manager, [9, 1, 1, 2, 9, 8]);
    const nobody = await rerunRequests(tables.manager, [77]);
    const nothing = await rerunRequests(tables.manager, []);

    assertEquals([result.unknown_ids, result.duplicate_ids], [[9, 8], [1, 9]]);
    assertEquals(result.requests.map(({ RequestID }) => RequestID), [1, 2]);
    assertEquals([nobody.requests, nobody.unknown_ids, nothing.requests], [[], [77], []]);
    assertEquals((await tables.read()).runs, [[1, "opsdeck", null], [2, "opsdeck", null]]);
  },
);

testRequests(
  "rerunRequests() deletes the checksums that are named, and tells missing keys",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests(
      { id: 1, checksums: ["md5", "rows", "sha"] },
      { id: 2, checksums: ["md5"] },
      { id: 3, checksums: ["md5"] },
    );
    const rerun = (ids: number[], checksumKeys?: string[]) =>
      rerunRequests(tables.manager, ids, { deleteChecksums: true, checksumKeys });

    const named = await rerun([1, 2], ["md5", "rows", "none", "md5"]);
    const none = await rerun([1], []);
    assertEquals([named.checksums_deleted, named.unknown_checksum_keys], [3, ["none"]]);
    assertEquals(none.checksums_deleted, 0);
    assertEquals((await tables.read()).checksums, [[1, "sha"], [3, "md5"]]);

    const all = await rerun([1, 3]);
    assertEquals([all.checksums_deleted, all.unknown_checksum_keys], [2, []]);
    assertEquals((await tables.read()).checksums, []);

    await assertRejects(
      () => rerunRequests(tables.manager, [1], { checksumKeys: ["md5"] }),
      ValidationError,
      "set deleteChecksums",
    );
  },
);

testRequests("rerunRequests() with dryRun tells the same and changes nothing", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1, checksums: ["a", "b"] }, { id: 2, status: 5 });
  const before = await tables.read();
  const options = { deleteChecksums: true, checksumKeys: ["a", "none"] };

  const told = await rerunRequests(tables.manager, [1, 2, 3], { ...options, dryRun: true });
  assertEquals(await tables.read(), before);

  const done = await rerunRequests(tables.manager, [1, 2, 3], options);
  assertEquals({ ...told, dry_run: false }, done);
  assertEquals([told.dry_run, told.checksums_deleted, told.unknown_ids], [true, 1, [3]]);
});

testRequests(
  "rerunRequests() with onlyStatuses leaves the others, and their checksums, as they are",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests(
      { id: 1, status: 4, checksums: ["md5"] },
      { id: 2, status: 3, checksums: ["md5"] },
      { id: 3, status: null, checksums: ["md5"] },
    );
    const options = { deleteChecksums: true, onlyStatuses: [4, 5] };

    const told = await rerunRequests(tables.manager, [1, 2, 3, 4], { ...options, dryRun: true });
    const done = await rerunRequests(tables.manager, [1, 2, 3, 4], options);
    const again = await rerunRequests(tables.manager, [1, 2, 3], options);

    const left = [{ RequestID: 2, previous_status: 3 }, { RequestID: 3, previous_status: null }];
    assertEquals({ ...told, dry_run: false }, done);
    assertEquals(done.requests, [{ RequestID: 1, previous_status: 4 }]);
    assertEquals([done.left_requests, done.unknown_ids], [left, [4]]);
    assertEquals(done.checksums_deleted, 1);
    assertEquals([again.requests, again.checksums_deleted], [[], 0]);
    assertEquals(again.left_requests, [{ RequestID: 1, previous_status: 1 }, ...left]);
    assertEquals(await tables.read(), {
      statuses: [[1, 1], [2, 3], [3, null]],
      checksums: [[2, "md5"], [3, "md5"]],
      runs: [[1, "opsdeck", null]],
    });
  },
);

testRequests("rerunRequests() takes texts as long as the history's columns", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1 });
  const requestedBy = "a".repeat(200);
  const reason = "r".repeat(1000);

  await rerunRequests(tables.manager, [1], { requestedBy, reason });
  for (
    const [texts, message] of [
      [
        { requestedBy: `${requestedBy}a` },
        "requestedBy must have at most 200 characters: it has 201",
      ],
      [{ reason: `${reason}r` }, "reason must have at most 1000 characters: it has 1001"],
    ] as const
  ) {
    const call = () => rerunRequests(tables.manager, [1], { ...texts, dryRun: true });
    await assertRejects(call, ValidationError, message);
  }

  assertEquals((await tables.read()).runs, [[1, requestedBy, reason]]);
});

Deno.test("rerunRequests() with dryRun stops at its signal while the database does not answer", async () => {
  for (const table of ["DataRequest", "DataRequestChecksum"]) {
    await using tables = await requestTables("postgresql");
    await tables.addTypes("SAT");
    await tables.addRequests({ id: 1 });
    await using rival = new DatabaseManager("x", { target: tables.target });
    const stop = new AbortController();

    await rival.transaction(async (session) => {
      await session.query(`lock table "${table}" in access exclusive mode`);
      const options = { deleteChecksums: true, dryRun: true, signal: stop.signal };
      const running = rerunRequests(tables.manager, [1], options);
      await someoneWaits(tables, "the preview");
      stop.abort(new DOMException("stopped", "AbortError"));

      await assertRejects(() => running, DOMException, "stopped");
    });
  }
});

testRequests("rerunRequests() takes ten thousand requests in one transaction", async (tables) => {
  await tables.addTypes("SAT");
  await tables.postgres.sql`
    insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID", "Status")
    select n, n, 1, 5 from generate_series(1, 10000) n`;
  const ids = Array.from({ length: 10_000 }, (_, index) => 10_000 - index);

  const { requests, unknown_ids } = await rerunRequests(tables.manager, ids);

  assertEquals([requests.length, unknown_ids], [10_000, []]);
  const [row] = await tables.postgres.sql`
    select (select count(*)::int from "DataRequest" where "Status" = 1) as pending,
      (select count(distinct "RequestID")::int from "DataRequestRun") as runs`;
  assertEquals({ ...row }, { pending: 10_000, runs: 10_000 });
});

testRequests("rerunRequests() leaves all as it was when it fails in the middle", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1, checksums: ["md5"] }, { id: 2 });
  await tables.postgres.sql`
    alter table "DataRequestRun" add constraint "NoTwo" check ("RequestID" <> 2)`;
  const before = await tables.read();

  const failure = rerunRequests(tables.manager, [1, 2], { deleteChecksums: true });

  assertEquals((await assertRejects(() => failure, OpsdeckError)).code, "DATABASE_STATEMENT");
  assertEquals(await tables.read(), before);
});

testRequests(
  "rerunRequests() goes through a real deadlock and writes each run once",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests({ id: 1 }, { id: 2 });
    const { target } = tables.postgres;
    await using rival = new DatabaseManager("x", { target });
    const update = 'update "DataRequest" set "ImportedFileName" = $2 where "RequestID" = $1';
    const retried: string[] = [];
    const { promise: rivalEnded, resolve: letRetry } = Promise.withResolvers<void>();

    const rivalled = rival.transaction(async (session) => {
      // The other side becomes the victim, as its patience ends first.
      await session.query("set local deadlock_timeout = '60s'");
      await session.query(update, [2, "rival.csv"]);
      const running = rerunRequests(tables.manager, [1, 2], {
        sleep: () => rivalEnded, // tried again at once, it may be faster than the rival, and meet it again
        onRetry: ({ error }) => retried.push(error instanceof OpsdeckError ? error.code : "?"),
      });
      await someoneWaits(tables, "the lock that is waited for");
      await session.query(update, [1, "rival.csv"]);
      return { running };
    });

    const { running } = await rivalled;
    letRetry();
    assertEquals((await running).requests.length, 2);
    assertEquals(retried, ["DATABASE_CONFLICT"]);
    const { statuses, runs } = await tables.read();
    assertEquals([statuses, runs.length], [[[1, 1], [2, 1]], 2]);
  },
);

testRequests(
  "rerunRequests() does each request once when two do it at the same time",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests(...[1, 2, 3, 4].map((id) => ({ id })));

    await Promise.all([
      rerunRequests(tables.manager, [1, 2, 3], { ...noWait, requestedBy: "ada" }),
      rerunRequests(tables.manager, [4, 3, 2], { ...noWait, requestedBy: "bob" }),
    ]);

    const { statuses, runs } = await tables.read();
    assertEquals(statuses, [[1, 1], [2, 1], [3, 1], [4, 1]]);
    assertEquals(runs.length, 6);
  },
);

Deno.test("rerunRequests() writes each run once when answers are lost (sqlserver)", async () => {
  await using tables = await requestTables("sqlserver");
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1, checksums: ["md5"] }, { id: 2 });
  let asked = 0;

  for (const pattern of [/^begin/, /updlock/, /^\s*update/, /insert into/, /^commit/]) {
    for (const moment of ["before", "after"] as const) {
      const broken = tables.double?.plan(pattern, { kind: "break", moment });
      const { requests } = await rerunRequests(tables.manager, [1, 2], {
        ...noWait,
        requestedBy: `ada ${asked += 1}`,
      });
      await broken;
      assertEquals(requests.length, 2, `${pattern} ${moment}`);
    }
  }

  const { runs } = await tables.read();
  assertEquals(runs.length, 2 * asked);
  assertEquals(new Set(runs.map(String)).size, 2 * asked);
});

Deno.test("rerunRequests() writes each run once when answers are lost (postgresql)", async () => {
  await using tables = await requestTables("postgresql");
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1 }, { id: 2 });
  await using proxy = startTcpProxy(tables.target);
  await using manager = new DatabaseManager("x", { target: proxy.target });
  await manager.query("select 1");
  let asked = 0;

  for (const pattern of [/^begin/, /for update/, /insert into/, /^commit/]) {
    for (const moment of ["sent", "answered"] as const) {
      const lost = proxy.loseAnswer(pattern, moment);
      await rerunRequests(manager, [1, 2], { ...noWait, requestedBy: `ada ${asked += 1}` });
      await lost;
    }
  }

  assertEquals((await tables.read()).runs.length, 2 * asked);
});

Deno.test("rerunRequests() waits for a commit that goes on after its connection broke", async () => {
  await using tables = await requestTables("sqlserver");
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1, status: 5 });
  const { promise: until, resolve: goOn } = Promise.withResolvers<void>();
  tables.double?.plan(/^commit/, { kind: "break", moment: "meanwhile", until });

  const running = rerunRequests(tables.manager, [1], noWait);
  try {
    await someoneWaits(tables, "the second attempt");
  } finally {
    goOn();
  }

  assertEquals((await running).requests, [{ RequestID: 1, previous_status: 5 }]);
  assertEquals((await tables.read()).runs, [[1, "opsdeck", null]]);
});

Deno.test("rerunRequests() says that it does not know when the server is gone after a commit", async () => {
  await using tables = await requestTables("sqlserver");
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1 });
  tables.double?.plan(/^commit/, { kind: "break", moment: "after" });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    tables.double?.plan(/updlock/, { kind: "break", moment: "before" });
  }

  const failure = rerunRequests(tables.manager, [1], noWait);

  const error = await assertRejects(() => failure, OpsdeckError);
  assertEquals([error.code, error.retryable, error.exitCode], ["COMMIT_UNKNOWN", false, 4]);
  assertEquals((await tables.read()).runs.length, 1);
});
