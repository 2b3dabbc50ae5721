import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Journal } from "../../lib/core/mod.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { comments, lines, parsed, sandbox, written } from "./jira_sandbox.ts";

const comment = (number: number, body: string, id?: string) =>
  JSON.stringify({
    ...(id === undefined ? {} : { id }),
    method: "POST",
    endpoint: `/rest/api/3/issue/PROJ-${number}/comment`,
    data: { body },
  });

Deno.test("jira-batch run - does no write again when the next text lacks a line", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  server.intercept(/PROJ-2.comment$/, () => new Response("", { status: 502 }));
  const all = lines(comments(3));
  const plain = [4, 5].map((number) => comment(number, `plain ${number}`));

  const first = await place.run(["run", "-"], { stdin: [...all, ...plain].join("\n") });
  const without = [all[0], all[2], plain[1]].join("\n");
  const second = await place.run(["run", "-"], { stdin: without });

  assertEquals([first.code, second.code], [4, 0], second.stderr);
  assertStringIncludes(second.stderr, "3 requests: 0 succeeded, 3 done by an earlier run");
  assert([...written(server).values()].every((count) => count === 1));
});

Deno.test("jira-batch run refuses an id that stood for other content before anything is sent", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(2));
  const first = await place.run(["run", "r.ndjson"]);
  await place.write("r.ndjson", [comment(7, "new", "n1"), comment(8, "other", "c2")].join("\n"));

  const second = await place.run(["run", "r.ndjson", "--json"]);
  const plan = await place.run(["run", "r.ndjson", "--dry-run"]);
  const sent = server.data.writes.length;
  const restarted = await place.run(["run", "r.ndjson", "--restart"]);

  assertEquals([first.code, second.code, plan.code, restarted.code], [0, 1, 1, 0]);
  assertMatch(second.stderr, /line 2: id "c2" was done with other content at \d{4}-.*--restart/);
  assertStringIncludes(plan.stderr, 'id "c2" was done with other content');
  assertEquals([sent, server.data.writes.length], [2, 4]);
});

Deno.test("jira-batch run takes the same data with its names in another order for the same", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write(
    "r.ndjson",
    '{"id":1,"method":"POST","endpoint":"/rest/api/3/issue","data":{"a":1,"b":2}}',
  );
  await place.run(["run", "r.ndjson"]);
  await place.write(
    "r.ndjson",
    '{"id":"1","data":{"b":2,"a":1},"endpoint":"/rest/api/3/issue","method":"post"}',
  );

  const second = await place.run(["run", "r.ndjson"]);

  assertEquals([second.code, server.data.writes.length], [0, 1], second.stderr);
});

Deno.test("jira-batch run takes an entry of an older journal, which knows no content, for the same", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(1));
  await place.run(["run", "r.ndjson"]);
  const folder = join(place.home, ".local/state/opsdeck/jira/runs");
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const name = names.find((name) => name.endsWith(".journal")) ?? "";
  {
    await using journal = await Journal.open(join(folder, name), (entry) => Object(entry));
    await journal.rewrite(journal.entries().map(({ kind, key, at }) => ({ kind, key, at })));
  }
  await place.write("r.ndjson", comment(1, "other", "c1"));

  const { code, stderr } = await place.run(["run", "r.ndjson"]);

  assertEquals([code, server.data.writes.length], [0, 1], stderr);
});

Deno.test("jira-batch run --dry-run names what the writes done by an earlier run made", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  server.intercept(/POST .*issue$/, () => Response.json({ id: "900", key: "OPS-7", self: "x" }));
  await place.write(
    "r.ndjson",
    '{"id":"n","method":"POST","endpoint":"/rest/api/3/issue","data":{}}',
  );
  await place.run(["run", "r.ndjson"]);

  const json = await place.run(["run", "r.ndjson", "--dry-run", "--json"]);
  const text = await place.run(["run", "r.ndjson", "--dry-run"]);

  const [request] = Object(json.json()).requests;
  assertEquals([request.step, request.answer], ["done", { id: "900", key: "OPS-7" }]);
  assertMatch(text.stdout, /done already: OPS-7/);
});

Deno.test("a read whose answer nobody took is asked again by the next jira-batch run", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  const reads = [1, 2, 3].map((number) => ({
    method: "GET",
    endpoint: `/rest/api/3/issue/PROJ-${number}`,
  }));
  await place.write("r.ndjson", reads.map((read) => JSON.stringify(read)).join("\n"));
  const child = place.spawn(["run", "r.ndjson", "--json", "--max-concurrent", "1"]);
  await child.stdout.cancel();
  await child.status;
  await child.stderr.cancel();

  const second = await place.run(["run", "r.ndjson", "--json"]);
  const third = await place.run(["run", "r.ndjson", "--json"]);

  assertEquals(parsed(second.stdout).map(({ data }) => data.key), ["PROJ-1", "PROJ-2", "PROJ-3"]);
  assertEquals([third.stdout, third.code], ["", 0]);
});

Deno.test("jira-batch run says that a write refused when sent again may have been done before", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(1));
  server.intercept(/comment$/, () => new Response("", { status: 502 }));
  server.intercept(/comment$/, () => Response.json({ message: "closed" }, { status: 400 }));

  await place.run(["run", "r.ndjson"]);
  const left = await place.run(["run", "r.ndjson"]);
  const again = await place.run(["run", "r.ndjson", "--retry-uncertain"]);
  const after = await place.run(["run", "r.ndjson"]);

  const [, sentAt = ""] = /no answer is known to the sending at (\S+);/.exec(left.stdout) ?? [];
  assertStringIncludes(again.stdout, `the sending at ${sentAt} may have been done all the same`);
  assertStringIncludes(again.stderr, "1 failed when sent again and uncertain as before");
  assert(!again.stderr.includes("run again"), again.stderr);
  assertStringIncludes(after.stdout, `no answer is known to the sending at ${sentAt};`);
});

Deno.test("jira-batch run and its cache leave nothing for others of the machine to read", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(1));

  await place.run(["run", "r.ndjson"]);
  await place.run(["fetch", "PROJ-1"]);

  const folder = join(place.home, ".local/state/opsdeck/jira");
  const modes = [folder, join(folder, "runs"), join(folder, "cache.sqlite")].map((path) =>
    ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8)
  );
  assertEquals(modes, ["700", "700", "600"]);
});

Deno.test("jira-batch fetch counts a key asked for in two cases once", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.run(["fetch", "PROJ-1"]);

  const { stderr, stdout } = await place.run(["fetch", "PROJ-1", "proj-1"]);

  assertEquals(stderr, "1 of 1 issue: 1 from the cache, 0 fetched with 0 calls\n");
  assertEquals(parsed(stdout).length, 2);
});

Deno.test("jira-batch fetch --jql asks the search for keys alone, whatever is expanded", async () => {
  await using server = startJiraServer({ issues: 3 });
  await using place = await sandbox(server.url);

  await place.run(["fetch", "--jql", "project = PROJ", "--expand", "changelog", "--limit", "2"]);

  const search = server.asked.find(({ path }) => path.endsWith("/search/jql"));
  assertEquals(search?.body, { jql: "project = PROJ", maxResults: 2, fields: ["id", "key"] });
});

Deno.test("jira-batch fetch --allow-stale --format csv says how old an issue past its time is", async () => {
  const server = startJiraServer();
  await using place = await sandbox(server.url);
  const env = { GLOBAL_JIRA_CACHE_TTL_ISSUE: "0s" };
  const args = ["fetch", "PROJ-1", "--fields", "summary", "--format", "csv", "--allow-stale"];
  const fresh = await place.run(args, { env });
  await server[Symbol.asyncDispose]();

  const stale = await place.run(args, { env });

  assertEquals(lines(fresh.stdout), [
    "key,id,summary,stale_seconds,error",
    "PROJ-1,10001,Issue 1,,",
  ]);
  assertMatch(stale.stdout, /\nPROJ-1,10001,Issue 1,\d+,\n/);
});
