import { assert, assertEquals, assertMatch } from "@std/assert";
import { testDatabase } from "../support/postgres_server.ts";
import { queueTemplate } from "../support/queue_database.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { type PollSandbox, pollSandbox } from "./poll_sandbox.ts";
import { connectionVariable } from "./queue_sandbox.ts";

const args = ["--project", "acme", "--enqueue", "documents", "--json"];

async function upload(place: PollSandbox): Promise<void> {
  for (const name of ["a.pdf", "b.pdf", "c.pdf"]) await place.upload(name);
}

Deno.test("poll-sftp --enqueue adds each file to the flow, and calls no API", async () => {
  await using place = await pollSandbox();
  await using database = await testDatabase({ template: queueTemplate });
  await upload(place);

  const { code, stderr, json } = await place.poll(args, {
    env: {
      [connectionVariable]: database.url,
      DEVELOPMENT_ACME_API_SECRET: "",
      DEVELOPMENT_ACME_DOC_AI_API_URL: "",
      PROFILE_CODE: "invoices",
    },
  });

  assertEquals([code, stderr], [0, ""]);
  assertEquals(Object(json()).projects[0].acknowledged, 3);
  const rows = await database.sql`
    select payload, dedupe_key from processing_queue where flow_name = 'documents' order by id`;
  assertEquals(rows.map((row) => Object(row["payload"]).filename), ["a.pdf", "b.pdf", "c.pdf"]);
  const { backup_path, ...payload } = Object(rows[0]?.["payload"]);
  assertEquals(payload, {
    project_id: "acme",
    profile_code: "invoices",
    uploaded_by: "SFTP",
    source: "SFTP",
    filename: "a.pdf",
  });
  assertMatch(backup_path, /^\/base\/done\/\d{8}\/a\.pdf$/);
  assertEquals(new Set(rows.map((row) => row["dedupe_key"])).size, 3);
  assertEquals(place.api.calls, []);
});

Deno.test("poll-sftp --enqueue adds once though the commit's answer is lost and the records are done", async () => {
  await using place = await pollSandbox();
  await using database = await testDatabase({ template: queueTemplate });
  await using proxy = startTcpProxy(database.target);
  const env = { [connectionVariable]: `${proxy.through(database.url)}?sslmode=disable` };
  await upload(place);
  const isLost = proxy.loseAnswer(/^commit/i).then(() => {
    proxy.refuse();
  });

  const first = await place.poll(args, { env });
  await isLost;
  await database.sql`update processing_queue set status = 'completed'`;
  proxy.accept();
  const second = await place.poll(args, { env });

  assertEquals(first.code, 4); // its database cannot be reached, and nothing else is wrong
  assertEquals(Object(first.json()).projects[0].waiting, 3);
  assertEquals(second.code, 0, second.stderr);
  assertEquals(Object(second.json()).projects[0].acknowledged, 3);
  const rows = await database.sql`select status from processing_queue`;
  assertEquals(rows.map((row) => row["status"]), ["completed", "completed", "completed"]);
});

Deno.test("poll-sftp --enqueue killed with -9 before it hears of the commit adds each file once", async () => {
  await using place = await pollSandbox();
  await using database = await testDatabase({ template: queueTemplate });
  await using proxy = startTcpProxy(database.target);
  const env = { [connectionVariable]: `${proxy.through(database.url)}?sslmode=disable` };
  await upload(place);
  {
    const isLost = proxy.loseAnswer(/^commit/i);
    await using script = place.start(args, { env });
    await isLost;
    script.kill("SIGKILL");
    await script.result;
  }
  await database.sql`update processing_queue set status = 'completed'`;

  const { code, stderr } = await place.poll(args, { env });

  assertEquals(code, 0, stderr);
  const rows = await database.sql`select payload->>'filename' as name from processing_queue`;
  assertEquals(rows.map((row) => row["name"]).sort(), ["a.pdf", "b.pdf", "c.pdf"]);
});

Deno.test("poll-sftp --enqueue claims nothing while the queue cannot take it", async () => {
  await using place = await pollSandbox();
  await using empty = await testDatabase();
  await upload(place);

  const unmigrated = await place.poll(args, { env: { [connectionVariable]: empty.url } });
  const url = new URL(empty.url);
  url.port = "1";
  const away = await place.poll(args, { env: { [connectionVariable]: url.href } });

  assert([1, 2].includes(unmigrated.code), unmigrated.stderr);
  assertEquals(away.code, 4);
  assertMatch(unmigrated.stderr, /migrate|table/);
  assertEquals(await place.names("input"), ["a.pdf", "b.pdf", "c.pdf"]);
});
