import {
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { queueSandbox } from "./queue_sandbox.ts";

const flow = "survey_processor";
const longIds = ["1234567890123456785", "1234567890123456788", "1234567890123456790"];

Deno.test("queue add --dedupe-key tells long numbers apart by all of their digits", async () => {
  await using place = await queueSandbox();
  const args = ["add", "--flow", flow, "--dedupe-key", "id", "--json"];
  const records = longIds.map((id) => `{"of":{"id":9},"id":${id},"in":[{"id":1}]}`);
  const short = ['{"id":7,"n":12345678901234567}', '{"id":"8"}', '{"id":1e3}', '{"id":-1.50}'];
  const large = ['{"id":1e400}', '{"id":1e401}', '{"id":0.1234567890123456789}'];

  const lines = await place.queue(args, { stdin: [...records, ...short, ...large].join("\n") });
  const array = await place.queue(args, { stdin: `[${records.join(",\n")}, {"id":1000}]` });

  assertEquals([lines.code, array.code], [0, 0]);
  assertEquals(lines.json(), { flow_name: flow, added: 10, duplicates: 0, rejected: 0 });
  assertEquals(array.json(), { flow_name: flow, added: 0, duplicates: 4, rejected: 0 });
  const rows = await place.database.sql`select dedupe_key from processing_queue order by id`;
  assertEquals(rows.map((row) => row["dedupe_key"]), [
    ...longIds,
    ...["7", "8", "1000", "-1.5", "1e400", "1e401", "0.1234567890123456789"],
  ]);
});

Deno.test("queue add warns once of whole numbers that a TypeScript handler reads as others", async () => {
  await using place = await queueSandbox();
  const add = (stdin: string, ...args: string[]) =>
    place.queue(["add", "--flow", flow, "--json", ...args], { stdin });
  const quiet = '{"id":"1234567890123456785","n":9007199254740991,"f":0.12345678901234567}\n';

  const [said, list, none] = await Promise.all([
    add(`${quiet}[1234567890123456785]\n${longIds.map((id) => `{"id":${id}}`).join("\n")}`),
    add('{"ids":[1,-1234567890123456785]}', "--dry-run"),
    add(quiet),
  ]);

  const end = ", which a TypeScript handler reads as another one; put it in quotes\n";
  assertEquals(
    said.stderr,
    "Warning: line 2 is rejected: a record must be a JSON object\n" +
      `Warning: line 3 holds a whole number larger than 2^53 in its field "id"${end}`,
  );
  assertEquals(list.stderr, `Warning: line 1 holds a whole number larger than 2^53${end}`);
  assertEquals([list.code, none.code, none.stderr], [0, 0, ""]);
});

Deno.test("claim-batch --exec hands a program the number that was queued, digit by digit", async () => {
  await using place = await queueSandbox();
  await place.write(
    "log.sh",
    'while read -r line; do printf "%s\\n" "$line" >> seen; echo \'{"result":{}}\'; done\n',
  );
  const payload = `{"id": ${longIds[0]}, "text": "12\\n34"}`;
  await place.queue(["add", "--flow", flow], { stdin: `${payload}\n{"id":5}\n` });
  await place.write("list.json", `[{"id":\r\n${longIds[1]}}]`);
  const exec = ["--flow", flow, "--exec", "sh log.sh"];

  const queued = await place.claim(exec, { permissions: ["--allow-run"] });
  const direct = await place.claim([...exec, "--file", "list.json"], {
    permissions: ["--allow-run"],
    env: { DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false" },
  });

  assertEquals([queued.code, direct.code], [0, 0], queued.stderr + direct.stderr);
  const seen = (await Deno.readTextFile(`${place.folder}/seen`)).trim().split("\n");
  assertEquals(seen.length, 3);
  assertMatch(
    seen[0] ?? "",
    /^\{"id":\d+,"flow_name":"survey_processor","payload":\{"id": 1234567890123456785, "text": "12\\n34"\},"retry_count":0,"attempt":1,"created_at":"[^"]+"\}$/,
  );
  assertEquals(JSON.parse(seen[1] ?? "").payload, { id: 5 });
  assertStringIncludes(seen[2] ?? "", '"payload":{"id":  1234567890123456788},"retry_count":0');
});

Deno.test("queue add ends with an error though its standard input stays open and silent", async () => {
  await using place = await queueSandbox();
  await place.database.sql`
    alter table processing_queue add constraint no_three check (payload ->> 'n' <> '3')`;
  await using child = place.startQueueOnStdin(["add", "--flow", flow]);
  const output = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const writer = child.stdin.getWriter();
  const lines = Array.from({ length: 2_500 }, (_, n) => `{"n":${n}}\n`).join("");

  await writer.write(new TextEncoder().encode(`${lines}{"n":`));
  const { code } = await child.status;
  const [stdout, stderr] = await output;
  await writer.abort().catch(() => {});

  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Error: .*no_three.*\n$/);
  assertEquals(await place.counts(flow), {});
});

Deno.test("--file - is standard input, for queue add and for standard processing", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", "export default () => ({});");
  const stdin = '{"n":1}\n{"n":2}\n';
  const claim = ["--flow", flow, "--handler", "handler.ts", "--file", "-", "--json"];
  const env = { DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false" };

  const added = await place.queue(["add", "--flow", flow, "--file", "-", "--json"], { stdin });
  const line = await place.queue(["add", "--flow", flow, "--file", "-", "--print-permissions"]);
  const standard = await place.claim(claim, { stdin, env });

  assertEquals(added.json(), { flow_name: flow, added: 2, duplicates: 0, rejected: 0 });
  assertNotMatch(line.stdout, /--allow-read=\S*\/-(,|\s|$)/);
  assertObjectMatch(Object(standard.json()), { completed: 2, failed: 0 });
});

Deno.test("queue add refuses a --run-at that the calendar does not hold", async () => {
  await using place = await queueSandbox();
  const add = (runAt: string) =>
    place.queue(["add", "--flow", flow, "--run-at", runAt], { stdin: '{"n":1}' });

  const [wrong, leap] = await Promise.all([
    add("2026-02-30T02:00:00Z"),
    add("2028-02-29T23:30:00-08:00"),
  ]);

  assertEquals([wrong.code, leap.code], [1, 0]);
  assertMatch(wrong.stderr, /--run-at must be a time .*: it is "2026-02-30T02:00:00Z"/);
  const rows = await place.database.sql`select run_at from processing_queue`;
  assertEquals(rows.map((row) => row["run_at"]), [new Date("2028-03-01T07:30:00Z")]);
});

Deno.test("queue add --dry-run says that it does not look for duplicates", async () => {
  await using place = await queueSandbox();
  const dry = (...args: string[]) =>
    place.queue(["add", "--flow", flow, "--dry-run", ...args], { stdin: '{"n":1}\n{"n":1}\n' });

  const [keyed, plain] = await Promise.all([dry("--dedupe-key", "n"), dry()]);

  assertEquals(
    keyed.stdout,
    `${flow}: would add 2 records (a dry run does not look for duplicates)\n`,
  );
  assertEquals(plain.stdout, `${flow}: would add 2 records\n`);
});
