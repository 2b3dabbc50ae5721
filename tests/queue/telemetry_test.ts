import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { otlpReceiver } from "../support/otlp_receiver.ts";
import { testQueue } from "../support/queue_database.ts";
import { runScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const messaging = (operation: string, type: string) => ({
  "messaging.system": "opsdeck",
  "messaging.destination.name": "surveys",
  "messaging.operation.name": operation,
  "messaging.operation.type": type,
});

Deno.test("claim-batch exports spans and numbers of claim, handler and end over OTLP", async () => {
  await using queue = await testQueue();
  await using receiver = otlpReceiver();
  await using folder = await temporaryFolder("telemetry");
  await queue.processor.addRecordsToQueue("surveys", [{ n: 1 }, { n: 2 }, { n: 3 }]);
  await Deno.writeTextFile(
    join(folder.path, "handler.ts"),
    `export default async ({ payload }) => {
      if (payload.n === 3) throw new Error("a secret reason");
      await fetch("${receiver.endpoint}/", { method: "POST", body: "{}" }).then((r) => r.body.cancel());
    }`,
  );

  const { code, stderr } = await runScript(
    "claim-batch",
    ["--flow", "surveys", "--handler", "handler.ts", "--drain", "--quiet"],
    {
      cwd: folder.path,
      env: {
        ENVIRONMENT: "test",
        TEST_GLOBAL_RPA_DB_CONNECTION_STRING: queue.database.url,
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      },
    },
  );

  assertEquals([code, stderr], [1, ""]);
  const named = (name: string) => receiver.spans.filter((span) => span.name === name);
  const attributes = (name: string) => named(name).map((span) => span.attributes);
  assertEquals(attributes("claim surveys"), [
    { ...messaging("claim", "receive"), "messaging.batch.message_count": "3" },
    { ...messaging("claim", "receive"), "messaging.batch.message_count": "0" },
  ]);
  const processed = (id: string, rest = {}) => ({
    ...messaging("process", "process"),
    "messaging.message.id": id,
    "opsdeck.queue.attempt": "1",
    ...rest,
  });
  assertEquals(attributes("process surveys"), [
    processed("1"),
    processed("2"),
    processed("3", { "error.type": "_OTHER" }),
  ]);
  assertEquals(named("process surveys").map((span) => [span.kind, span.statusCode]), [
    [5, 0],
    [5, 0],
    [5, 2],
  ]);
  const [first] = named("process surveys");
  assert(
    receiver.spans.some((span) => span.parentSpanId === first?.spanId),
    "the handler's own requests lie in its span",
  );
  assertEquals(
    attributes("complete surveys").map((span) => span["messaging.batch.message_count"]),
    ["2"],
  );
  assertEquals(attributes("fail surveys").length, 1);
  assert(!JSON.stringify(receiver.spans).includes("a secret reason"));

  const last = (metric: string, operation?: string) =>
    receiver.points.findLast((point) =>
      point.metric === metric &&
      (operation === undefined || point.attributes["messaging.operation.name"] === operation)
    )?.value;
  assertEquals(last("messaging.client.consumed.messages"), 3);
  assertEquals(last("opsdeck.queue.completed"), 2);
  assertEquals(last("opsdeck.queue.failed"), 1);
  assertEquals(last("messaging.client.operation.duration", "claim"), 2);
  const handled = receiver.points.filter((point) => point.metric === "messaging.process.duration");
  assertEquals(handled.map((point) => [point.value, point.unit]).sort(), [[1, "s"], [2, "s"]]);
});
