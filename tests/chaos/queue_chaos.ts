/**
 * Faults at random on one queue, for as long as asked: `deno task chaos:queue [--minutes N]
 * [--seed N]`. Workers are killed, paused past their timeout and resumed, cut off from the server;
 * answers are lost; the server crashes; records are added all the while. At the end every record
 * must be completed once, and every second run of a handler must be explained.
 */

import { parseArgs } from "node:util";
import postgres from "postgres";
import { retryWithBackoff } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { DistributedProcessor, migrateQueue } from "../../lib/queue/mod.ts";
import { throwawayServer } from "../support/postgres_server.ts";
import { assertAccounts } from "../support/queue_accounts.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { waitFor } from "../support/wait_for.ts";
import { type CrewWorker, workerCrew } from "../support/worker_crew.ts";

const flow = "chaos";
const workerCount = 8;
const batchSize = 100;
/** Workers would be given up after three deaths with a record; here they die all the time. */
const maxRetries = 1000;

/** Statements whose answers are lost. */
const statements = [
  /with recursive level/,
  /set status = 'completed'/,
  /set status = 'pending', claimed_at/,
  /^commit/i,
  /insert into processing_queue/,
];

// By the server, in the statement that takes them: a list made before or after would miss some.
const noteTakenClaims = `
create table taken (claim text not null);
create function note_taken() returns trigger language plpgsql as $$
begin
  insert into taken values (old.flow_instance_id);
  return null;
end
$$;
create trigger note_taken
  after update on processing_queue
  for each row
  when (new.orphan_count > old.orphan_count)
  execute function note_taken()`;

async function runChaos(minutes: number, seed: number | undefined): Promise<void> {
  const random = seededRandom(seed);
  say(`Seed ${random.seed}: the same choices again with --seed ${random.seed}`);
  const endsAt = performance.now() + minutes * 60_000;

  await using server = await throwawayServer();
  await using proxy = startTcpProxy(server.target());
  await using manager = new DatabaseManager("rpa_db", { target: server.target() });
  // Adds through the proxy, so that its answers are lost too.
  await using adderManager = new DatabaseManager("rpa_db", { target: proxy.target });
  await using crew = await workerCrew({
    flow,
    url: proxy.through(server.url()),
    args: ["--batch-size", String(batchSize), "--rate", "200", "--concurrency", "4"],
  });
  await migrateQueue(manager, false);
  await manager.query(noteTakenClaims);
  const keeper = new DistributedProcessor(manager);
  const adder = new DistributedProcessor(adderManager);
  const patiently = retryWithBackoff({ maxRetries: 20, initialDelayMs: 100, maxDelayMs: 2000 });
  const faults = new Map<string, number>();
  let added = 0;

  const cleanup = patiently(() => keeper.cleanupOrphanedRecords(0, { maxRetries }));

  const actions: Record<string, () => Promise<unknown>> = {
    "records added": async () => {
      const count = random.integer(1, 3000);
      const payloads = Array.from({ length: count }, (_, number) => ({ number: added + number }));
      // Safe to repeat: a lost answer is asked for again, and an error says that nothing was added.
      added += await patiently(() => adder.addRecordsToQueue(flow, payloads))();
    },
    "worker killed": async () => {
      random.choose(crew.running())?.kill("SIGKILL");
      await Promise.resolve();
    },
    "worker paused past its timeout": async () => {
      const worker = random.choose(crew.running());
      if (!worker) return;
      worker.kill("SIGSTOP");
      await cleanup();
      await pause(random.integer(50, 500));
      worker.kill("SIGCONT");
    },
    "orphans taken back": cleanup,
    "connections cut": async () => {
      proxy.cut();
      await Promise.resolve();
    },
    "connections refused for a while": async () => {
      proxy.refuse();
      proxy.cut();
      await pause(random.integer(100, 1000));
      proxy.accept();
    },
    "network held up": async () => {
      proxy.pause();
      await pause(random.integer(100, 1000));
      proxy.resume();
    },
    "answer lost": async () => {
      const moment = random.next() < 0.5 ? "answered" : "sent";
      void proxy.loseAnswer(random.choose(statements) ?? /./, moment);
      await Promise.resolve();
    },
    "server crashed": async () => {
      // It takes its time, and the other faults are to have theirs.
      if (random.next() < 0.2) await server.restart("immediate");
    },
  };

  while (performance.now() < endsAt) {
    while (crew.running().length < workerCount) {
      crew.start(random.next() < 0.5 ? "--drain" : "--watch");
    }
    const name = random.choose(Object.keys(actions)) ?? "";
    faults.set(name, (faults.get(name) ?? 0) + 1);
    await actions[name]?.();
    await pause(random.integer(10, 400));
  }

  say(`Faults: ${[...faults].map(([name, count]) => `${name} ${count}×`).join(", ")}`);
  for (const worker of crew.running()) worker.kill("SIGTERM");
  await Promise.all(crew.workers.map((worker) => worker.result));
  for (const worker of crew.workers) checkEnd(worker);
  await cleanup();
  const last = await crew.start("--drain", server.url()).result;
  if (last.code !== 0) throw new Error(`The last drain ended with ${last.code}: ${last.stderr}`);

  const sql = postgres(server.url(), { max: 1, onnotice: () => {} });
  try {
    await waitFor(() => sql`select 1`.catch(() => undefined), { what: "the server" });
    const effects = await crew.effects();
    const taken = await sql<{ claim: string }[]>`select distinct claim from taken`;
    const takenFromLiving = new Set(taken.map((row) => row.claim));
    const run = { sql, records: added, effects, workers: crew.workers, takenFromLiving };
    const accounts = await assertAccounts(run);
    say(
      `${accounts.records} records, each completed once, by ${crew.workers.length} workers; ` +
        `${accounts.rerun} were run again, each after its worker was killed or lost it`,
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
}

// 1: had records taken from it. 4: the server was away when it started.
function checkEnd({ isKilled, ended, pid }: CrewWorker): void {
  if (isKilled || (ended && [0, 1, 4, 143].includes(ended.code))) return;
  throw new Error(`Worker ${pid} ended with ${ended?.code}: ${ended?.stderr}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "2" }, seed: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be above 0: it is "${values.minutes}"`);
  await runChaos(minutes, values.seed === undefined ? undefined : Number(values.seed));
  // A server that the import of the support started for this process ends with it.
  Deno.exit(0);
}
