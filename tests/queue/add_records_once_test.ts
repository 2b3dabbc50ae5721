import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseConnectionError, OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { addRecordsOnce, checkQueueTakesRecords } from "../../lib/queue/mod.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { testQueue } from "../support/queue_database.ts";

const flow = "documents";

function records(...keys: string[]) {
  return keys.map((dedupeKey) => ({ dedupeKey, payload: { file: `${dedupeKey}.pdf` } }));
}

Deno.test("addRecordsOnce() adds each record once, whatever became of it since", async () => {
  await using queue = await testQueue();
  const { manager, database: { sql } } = queue;

  const first = await addRecordsOnce(manager, flow, records("a", "b", "c", "d"));
  await sql`update processing_queue set status = 'completed' where dedupe_key = 'a'`;
  await sql`update processing_queue set status = 'failed' where dedupe_key = 'b'`;
  await sql`
    insert into processing_queue_archive
    select id, flow_name, payload, status, priority, run_at, dedupe_key, flow_instance_id,
      claimed_at, heartbeat_at, completed_at, result, error_message, retry_count, orphan_count,
      created_at, updated_at
    from processing_queue where dedupe_key = 'a'`;
  await sql`delete from processing_queue where dedupe_key = 'a'`;
  const again = await addRecordsOnce(manager, flow, records("a", "b", "c", "d", "e"), {
    mayBeRepeat: true,
  });
  const elsewhere = await addRecordsOnce(manager, "other", records("a"), { mayBeRepeat: true });

  assertEquals([first, again, elsewhere], [
    { added: 4, known: 0 },
    { added: 1, known: 4 },
    { added: 1, known: 0 },
  ]);
  const rows = await sql`
    select dedupe_key, payload from processing_queue where flow_name = ${flow} order by id`;
  assertEquals(rows.map((row) => row["dedupe_key"]), ["b", "c", "d", "e"]);
  assertEquals(rows.at(-1)?.["payload"], { file: "e.pdf" });
});

Deno.test("addRecordsOnce() adds once when many callers repeat at the same time", async () => {
  await using queue = await testQueue();

  const counts = await Promise.all(
    Array.from(
      { length: 6 },
      () => addRecordsOnce(queue.manager, flow, records("a", "b"), { mayBeRepeat: true }),
    ),
  );

  assertEquals(counts.reduce((sum, { added }) => sum + added, 0), 2);
});

Deno.test("addRecordsOnce() adds once though the answer to the first commit is lost", async () => {
  await using queue = await testQueue();
  await using proxy = startTcpProxy(queue.database.target);
  await using database = new DatabaseManager("rpa_db", { target: proxy.target });
  const isLost = proxy.loseAnswer(/^commit/i);

  await assertRejects(
    () => addRecordsOnce(database, flow, records("a", "b")),
    DatabaseConnectionError,
  );
  await isLost;
  await queue.database.sql`update processing_queue set status = 'completed'`;
  const again = await addRecordsOnce(database, flow, records("a", "b"), { mayBeRepeat: true });

  assertEquals(again, { added: 0, known: 2 });
});

Deno.test("addRecordsOnce() adds all or none, and nothing wrong", async () => {
  await using queue = await testQueue();
  const wrong = [...records("a"), { dedupeKey: "b", payload: { text: "\0" } }];

  await assertRejects(() => addRecordsOnce(queue.manager, flow, wrong), ValidationError);
  await assertRejects(() => addRecordsOnce(queue.manager, " ", records("a")), ValidationError);
  const none = await addRecordsOnce(queue.manager, flow, []);

  assertEquals(none, { added: 0, known: 0 });
  assertEquals((await queue.database.sql`select 1 from processing_queue`).length, 0);
});

Deno.test("checkQueueTakesRecords() finds tables and flow name fit, or says what is not", async () => {
  await using queue = await testQueue();

  await checkQueueTakesRecords(queue.manager, flow);
  await assertRejects(() => checkQueueTakesRecords(queue.manager, ""), ValidationError);
  await queue.database.sql`drop table processing_queue`;

  const error = await assertRejects(
    () => checkQueueTakesRecords(queue.manager, flow),
    OpsdeckError,
  );
  assertEquals(error.code, "SCHEMA_MISSING");
});
