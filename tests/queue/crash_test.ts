import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { DistributedProcessor, migrateQueue } from "../../lib/queue/mod.ts";
import { throwawayServer } from "../support/postgres_server.ts";
import { assertAccounts } from "../support/queue_accounts.ts";
import { runScript } from "../support/run_script.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { waitFor } from "../support/wait_for.ts";
import { workerCrew } from "../support/worker_crew.ts";

const flow = "surveys";
const recordCount = 20_000;
const workerCount = 8;

Deno.test("claim-batch: eight workers, kills and a crash of the server lose and repeat nothing", async (t) => {
  const random = seededRandom();
  await using server = await throwawayServer();
  const manager = new DatabaseManager("rpa_db", { target: server.target() });
  const sql = postgres(server.url(), { max: 1, onnotice: () => {} });
  await using crew = await workerCrew({
    flow,
    url: server.url(),
    args: ["--batch-size", "100", "--rate", "500", "--concurrency", "4"],
  });
  const completed = async () => {
    const [row] = await sql`
      select count(*)::int as count from processing_queue where status = 'completed'`
      .catch(() => []);
    return Number(row?.["count"] ?? 0);
  };
  const reach = (count: number) =>
    waitFor(async () => await completed() >= count, {
      timeoutMs: 60_000,
      what: `${count} completed records (seed ${random.seed})`,
    });

  try {
    await migrateQueue(manager, false);
    const payloads = Array.from({ length: recordCount }, (_, number) => ({ number }));
    await new DistributedProcessor(manager).addRecordsToQueue(flow, payloads);

    await t.step("kill -9 at random while others start, the server crashes once", async () => {
      for (let number = 0; number < workerCount; number++) {
        crew.start(number % 2 === 0 ? "--drain" : "--watch");
      }
      let reached = 0;
      for (let kill = 0; kill < 6; kill++) {
        reached += random.integer(500, 2000);
        await reach(reached);
        // At first one that has work in hand, so that there is always something to take back.
        const victim = random.choose(crew.running());
        victim?.kill("SIGKILL");
        crew.start(random.next() < 0.5 ? "--drain" : "--watch");
        if (kill === 3) await server.restart("immediate");
      }
    });

    await t.step("the workers that live go on until the queue is empty", async () => {
      await waitFor(
        async () => {
          const rows = await sql`select 1 from processing_queue where status = 'pending' limit 1`;
          return rows.length === 0;
        },
        { timeoutMs: 60_000, what: `an empty queue (seed ${random.seed})` },
      );
      for (const worker of crew.running()) worker.kill("SIGTERM");
      for (const worker of crew.workers) {
        const { code, stderr, json } = await worker.result;
        if (worker.isKilled) continue;
        // A worker whose first claim met the server's crash ends with 4 and has done nothing.
        assert([0, 4, 143].includes(code), `exit code ${code}: ${stderr}`);
        if (code !== 4) assertEquals(Object(json())["lost"], 0, stderr);
      }
    });

    await t.step("cleanup and a last drain complete what the dead had in hand", async () => {
      const env = { DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: server.url() };
      const cleanup = await runScript("queue", ["cleanup", "--timeout-hours", "0", "--json"], {
        env,
      });
      assertEquals(cleanup.code, 0, cleanup.stderr);
      const { code, stderr } = await crew.start("--drain").result;
      assertEquals(code, 0, stderr);
    });

    await assertAccounts({
      sql,
      records: recordCount,
      effects: await crew.effects(),
      workers: crew.workers,
    });
  } finally {
    await sql.end({ timeout: 5 });
    await manager.close();
  }
});
