import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import parsePrometheusTextFormat from "parse-prometheus-text-format";
import { ValidationError } from "../../lib/core/mod.ts";
import {
  archiveRecords,
  type MetricFamily,
  parseListenAddress,
  prometheusText,
  queueMetricFamilies,
  readQueueMetrics,
} from "../../lib/queue/mod.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";
import { runScript, startScript } from "../support/run_script.ts";

/** What the parser gives, which has no types of its own. */
interface ParsedFamily {
  name: string;
  help: string;
  type: string;
  metrics: { value: string; labels?: Record<string, string> }[];
}

function parse(text: string): ParsedFamily[] {
  const families: ParsedFamily[] = parsePrometheusTextFormat(text);
  return families;
}

/** The values of a metric by its labels' values: `f pending`. */
function values(families: ParsedFamily[], name: string): Record<string, number> {
  const family = families.find((one) => one.name === name);
  assert(family, `${name} is there`);
  return Object.fromEntries(
    family.metrics.map(({ labels = {}, value }) => [
      Object.values(labels).join(" "),
      Number(value),
    ]),
  );
}

const hourMs = 3_600_000;

function scriptEnv(queue: TestQueue): Record<string, string> {
  return {
    ENVIRONMENT: "test",
    TEST_GLOBAL_RPA_DB_CONNECTION_STRING: queue.database.url,
  };
}

/** Two flows with known contents. */
async function fill(queue: TestQueue): Promise<void> {
  await queue.database.sql.unsafe(`
    insert into processing_queue
      (flow_name, payload, status, run_at, claimed_at, heartbeat_at, flow_instance_id,
       completed_at, updated_at, retry_count, orphan_count)
    select flow, '{}', status, now() + run_at::interval, now() + claimed::interval,
      now() + beat::interval, 'h-1:1', now() + done::interval, now() + ended::interval, tries, lost
    from (values
      ('a', 'pending', '-90 s', null, null, null, '0', 2, 1),
      ('a', 'pending', '-10 s', null, null, null, '0', 0, 0),
      ('a', 'pending', '1 day', null, null, null, '0', 0, 0),
      ('a', 'processing', '-3 h', '-2 h', null, null, '0', 1, 1),
      ('a', 'processing', '-3 h', '-2 h', '-1 min', null, '0', 0, 0),
      ('a', 'processing', '-3 h', '-1 min', null, null, '0', 0, 0),
      ('a', 'completed', '-3 h', '-2 h', null, '-1 min', '0', 1, 0),
      ('a', 'completed', '-3 h', '-2 h', null, '-4 min', '0', 0, 0),
      ('a', 'completed', '-3 h', '-2 h', null, '-1 h', '0', 0, 0),
      ('a', 'completed', '-3 h', '-2 h', null, '-40 days', '-40 days', 2, 2),
      ('a', 'completed', '-3 h', '-2 h', null, '-400 days', '-400 days', 1, 0),
      ('a', 'failed', '-3 h', '-2 h', null, null, '0', 3, 0),
      ('b', 'pending', '1 day', null, null, null, '0', 0, 0),
      ('gone', 'failed', '-3 h', '-2 h', null, null, '-40 days', 3, 1)
    ) as row (flow, status, run_at, claimed, beat, done, ended, tries, lost)`);
  const dayMs = 24 * hourMs;
  await archiveRecords(queue.manager, { olderThanMs: 30 * dayMs });
  await archiveRecords(queue.manager, { olderThanMs: 365 * dayMs, purge: true });
}

Deno.test("readQueueMetrics() counts each record once, wherever it is by now", async () => {
  await using queue = await testQueue();
  await fill(queue);

  const metrics = await readQueueMetrics(queue.manager, hourMs);

  const families = parse(prometheusText(queueMetricFamilies(metrics)));
  const value = (name: string) => values(families, `opsdeck_queue_${name}`);
  assertEquals(value("records"), {
    "a pending": 3,
    "a processing": 3,
    "a completed": 3,
    "a failed": 1,
    "b pending": 1,
    "b processing": 0,
    "b completed": 0,
    "b failed": 0,
    "gone pending": 0,
    "gone processing": 0,
    "gone completed": 0,
    "gone failed": 0,
  });
  assertEquals(value("archived_records"), {
    "a completed": 1,
    "a failed": 0,
    "b completed": 0,
    "b failed": 0,
    "gone completed": 0,
    "gone failed": 1,
  });
  const { a: oldest = 0, ...others } = value("oldest_pending_age_seconds");
  assert(oldest >= 90 && oldest < 90 + 60, `it waits for 90 s and a little: ${oldest}`);
  assertEquals(others, { b: 0, gone: 0 });
  assertEquals(value("completed_total"), { a: 5, b: 0, gone: 0 });
  assertEquals(value("failures_total"), { a: 10, b: 0, gone: 3 });
  assertEquals(value("throughput_records_per_second"), { a: 2 / 300, b: 0, gone: 0 });
  assertEquals(value("orphans"), { a: 1, b: 0, gone: 0 });
  assertEquals(value("scrape_success"), { "": 1 });
  assert(families.every((family) => family.help !== "" && family.type !== "UNTYPED"));
});

Deno.test("readQueueMetrics() never lets a counter fall: reset, archive and purge", async () => {
  await using queue = await testQueue();
  await fill(queue);
  const totals = async () => {
    const { flows } = await readQueueMetrics(queue.manager, hourMs);
    return flows.map((flow) => [flow.completed_total, flow.failures_total]);
  };
  const before = await totals();

  await queue.processor.resetFailedRecords("a", 100);
  await archiveRecords(queue.manager, { olderThanMs: 0 });
  await archiveRecords(queue.manager, { olderThanMs: 0, purge: true });

  assertEquals(await totals(), before);
});

Deno.test("prometheusText() is read back by a parser as it was, whatever the labels hold", () => {
  const label = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.stringMatching(/^[\\"n\n{},= #]*$/),
  );
  fc.assert(
    fc.property(fc.uniqueArray(label), fc.double({ noNaN: true }), (flows, value) => {
      const family: MetricFamily = {
        name: "x_total",
        help: "a \\ b\nc",
        type: "counter",
        samples: flows.map((flow) => ({ value, labels: { flow, other: "y" } })),
      };

      const text = prometheusText([family]);

      assert(text.endsWith("\n"));
      assertEquals(parse(text), [{
        name: "x_total",
        help: "a \\ b\nc",
        type: "COUNTER",
        metrics: flows.map((flow) => ({
          value: value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value),
          labels: { flow, other: "y" },
        })),
      }]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("parseListenAddress() takes HOST:PORT and nothing else", () => {
  assertEquals(parseListenAddress("127.0.0.1:9187"), { hostname: "127.0.0.1", port: 9187 });
  assertEquals(parseListenAddress("[::1]:0"), { hostname: "::1", port: 0 });
  assertEquals(parseListenAddress("db.internal:65535"), { hostname: "db.internal", port: 65535 });
  for (
    const text of ["9187", ":9187", "::1:9187", "h:65536", "h:-1", "h:", "http://h:1", "a b:1"]
  ) {
    assertThrows(() => parseListenAddress(text), ValidationError, "HOST:PORT");
  }
});

Deno.test("queue metrics prints what Prometheus reads", async () => {
  await using queue = await testQueue();
  await fill(queue);

  const printed = await runScript("queue", ["metrics"], { env: scriptEnv(queue) });
  const json = await runScript("queue", ["metrics", "--json"], { env: scriptEnv(queue) });

  assertEquals([printed.code, printed.stderr], [0, ""]);
  assertEquals(values(parse(printed.stdout), "opsdeck_queue_completed_total")["a"], 5);
  assertEquals((json.json() as { flows: unknown[] }).flows.length, 3);
});

Deno.test("queue metrics --listen serves until stopped, also while the tables are away", async () => {
  await using queue = await testQueue();
  await fill(queue);
  const args = ["metrics", "--listen", "127.0.0.1:0", "--json"];
  await using script = startScript("queue", args, { env: scriptEnv(queue) });
  const line = await script.waitForLine(/^Serving /);
  const url = line.split(" ").at(-1) ?? "";
  const get = async (target: string, init?: RequestInit) => {
    const response = await fetch(target, { ...init, signal: AbortSignal.timeout(15_000) });
    return { response, text: await response.text() };
  };

  const well = await get(url);
  await queue.database.sql`alter table processing_queue rename to away`;
  const unwell = await get(url);
  await queue.database.sql`alter table away rename to processing_queue`;
  const wellAgain = await get(url);
  const elsewhere = await get(url.replace("/metrics", "/"));
  const posted = await get(url, { method: "POST" });
  script.kill("SIGTERM");
  const result = await script.result;

  assertEquals(
    well.response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  assertEquals(values(parse(well.text), "opsdeck_queue_completed_total")["a"], 5);
  assertEquals(parse(unwell.text).map((family) => family.name), ["opsdeck_queue_scrape_success"]);
  assertEquals(values(parse(unwell.text), "opsdeck_queue_scrape_success"), { "": 0 });
  assertEquals(values(parse(wellAgain.text), "opsdeck_queue_scrape_success"), { "": 1 });
  assertEquals([unwell.response.status, elsewhere.response.status, posted.response.status], [
    200,
    404,
    405,
  ]);
  assertEquals([result.code, result.json()], [143, { scrapes: 3, failures: 1 }]);
});

Deno.test("queue metrics --listen says why it cannot listen", async () => {
  await using queue = await testQueue();
  await using taken = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(),
  );
  const env = scriptEnv(queue);
  const address = `127.0.0.1:${taken.addr.port}`;

  const busy = await runScript("queue", ["metrics", "--listen", address], { env });
  const wrong = await runScript("queue", ["metrics", "--listen", "9187"], { env });

  assertEquals([busy.code, wrong.code], [2, 1]);
  assertMatch(busy.stderr, /Cannot listen on 127\.0\.0\.1:\d+ as .*choose another address/);
  assertMatch(wrong.stderr, /no HOST:PORT/);
});
