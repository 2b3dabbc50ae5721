import { join } from "@std/path";
import { assert } from "@std/assert";
import { findFreePort } from "../../lib/database/embedded/mod.ts";
import { otlpReceiver } from "../support/otlp_receiver.ts";
import { putRecords } from "../queue/monitoring/known_queue.ts";
import { type TestDatabase, testDatabase } from "../support/postgres_server.ts";
import { projectFolder, readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

/** A day with a busy afternoon, a worker that died, and a flow that nobody works on. */
async function putDayOfWork(database: TestDatabase): Promise<void> {
  const queue = { database };
  const flow = "survey_processor";
  for (let hour = 1; hour < 24; hour++) {
    const count = Math.round(1600 + 1300 * Math.sin(hour / 4));
    const endedMinutesAgo = hour * 60 + 30;
    await putRecords(queue, { flow, status: "completed", count, endedMinutesAgo });
    const failed = { flow, count: Math.round(count / 60), endedMinutesAgo, error: "HTTP 503" };
    await putRecords(queue, { ...failed, status: "failed" });
  }
  const dead = { claimedMinutesAgo: 120, endedMinutesAgo: 120, instance: "worker-7-412.9f3a" };
  await putRecords(queue, { flow, status: "processing", count: 4, ...dead });
  await putRecords(queue, { flow: "invoices", status: "pending", count: 40, dueMinutesAgo: 26 });
}

Deno.test("README: the queue's commands, handlers and examples do what it says", async () => {
  await using database = await testDatabase();
  await using collector = otlpReceiver();
  await using shell = await readmeShell();
  shell.env["DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING"] = database.url;
  shell.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/json"; // the collector's language
  shell.standIns.set("http://127.0.0.1:4318", collector.endpoint);
  shell.standIns.set("127.0.0.1:9187", `127.0.0.1:${findFreePort()}`);
  const surveys = join(projectFolder, "tests/fixtures/surveys.csv");
  await shell.write("surveys.csv", await Deno.readTextFile(surveys));

  await runSection({
    sections: sectionsOf.queue,
    shell,
    rules: {
      // Three of the surveys' rows are wrong, and some scores.
      "deno task queue add --flow survey_processor --file surveys.csv": { code: 1 },
      "deno task queue add --flow survey_processor --dedupe-key survey_id < surveys.csv": {
        code: 1,
      },
      "deno task claim-batch --flow survey_processor --handler handler.ts --drain": { code: 1 },
      "deno task claim-batch --flow survey_processor --handler handler.ts --drain --concurrency 8 --rate 2000":
        { code: 1 },
      "deno task claim-batch --flow survey_processor --handler handler.ts --watch --grace 25s": {
        until: async () => {
          const [row] = await database.sql`
            select 1 from pg_stat_activity where datname = ${database.name} and query ilike 'listen%'`;
          return row !== undefined;
        },
      },
      "deno task claim-batch --flow small_flow --handler handler.ts --file surveys.csv": {
        code: 1,
      },
      "OTEL_DENO=true OTEL_SERVICE_NAME=survey-worker OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 deno task claim-batch --flow survey_processor --handler handler.ts --drain":
        { code: 1 },
      "deno task queue monitor": { before: () => putDayOfWork(database) },
      "deno task queue monitor --watch": { until: /The queue is/ },
      "deno task queue metrics --listen 127.0.0.1:9187": { until: /metrics/ },
    },
  });

  assert(collector.spans.some(({ name }) => name.startsWith("process")));
});
