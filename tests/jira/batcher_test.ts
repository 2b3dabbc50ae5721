import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ValidationError } from "../../lib/core/mod.ts";
import { RequestBatcher } from "../../lib/jira/mod.ts";
import { startBrokenJira } from "../fakes/broken_jira.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { waitFor } from "../support/wait_for.ts";
import { clientOn } from "./client_on.ts";

const issue = (number: number) => `/rest/api/3/issue/PROJ-${number}`;

Deno.test("RequestBatcher gives results in the order of adding, whatever order they end in", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  server.intercept(/PROJ-1$/, async () => {
    await held;
    return undefined;
  });
  const batcher = new RequestBatcher(client, { maxConcurrent: 3 });
  const ids = [1, 2, 3, 4, 5].map((number) => batcher.add("GET", issue(number)));
  const progress: [number, number][] = [];

  const results = await batcher.execute({
    onProgress: (done, total) => {
      progress.push([done, total]);
      if (done === 4) release();
    },
  });

  assertEquals([...results.keys()], ids);
  assertEquals(
    [...results.values()].map(({ data }) => Object(data).key),
    ["PROJ-1", "PROJ-2", "PROJ-3", "PROJ-4", "PROJ-5"],
  );
  assertEquals(progress, [[1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]);
  assertEquals(batcher.size, 0);
});

Deno.test("RequestBatcher.executeSync() is execute() under the reference's name", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const batcher = new RequestBatcher(client);
  const id = batcher.add("get", issue(7));

  const result = (await batcher.executeSync()).get(id);

  assertEquals(result?.success, true);
  assertEquals([result?.status, result?.attempts, result?.error], [200, 1, null]);
  assert((result?.duration_ms ?? -1) >= 0);
});

Deno.test("RequestBatcher sends identical GETs once and never merges writes", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const batcher = new RequestBatcher(client);
  for (let count = 0; count < 5; count++) {
    batcher.add("GET", issue(1));
    batcher.add("POST", `${issue(1)}/comment`, { body: "again" });
  }

  const results = await batcher.execute();

  assertEquals(results.size, 10);
  assert([...results.values()].every(({ success }) => success));
  assertEquals(server.count(/^GET/), 1);
  assertEquals(server.data.writes.length, 5);
});

Deno.test("RequestBatcher never has more requests in hand than maxConcurrent", async () => {
  await using server = startJiraServer({ latencyMs: 5 });
  using client = clientOn(server);
  const batcher = new RequestBatcher(client, { maxConcurrent: 4 });
  for (let number = 1; number <= 60; number++) batcher.add("GET", issue(number));

  await batcher.execute();

  assertEquals(server.count(/./), 60);
  assertEquals(server.mostAtOnce, 4);
});

Deno.test("RequestBatcher.add() refuses other methods, other hosts, and a GET with data", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const batcher = new RequestBatcher(client);
  const refused: [string, string, unknown?][] = [
    ["TRACE", "/rest/api/3/myself"],
    ["GET", "https://elsewhere.example/rest/api/3/myself"],
    ["GET", "//elsewhere.example/rest"],
    ["GET", "rest/api/3/myself"],
    ["GET", "\\\\elsewhere.example\\x"],
    ["GET", "/rest/api/3/my self"],
    ["GET", "/rest/api/3/myself#x"],
    ["GET", "/rest/api/3/myself", { a: 1 }],
  ];

  for (const [method, endpoint, data] of refused) {
    assertThrows(() => batcher.add(method, endpoint, data), ValidationError);
  }
  batcher.add("GET", `${server.url}/rest/api/3/myself`);
  const [result] = (await batcher.execute()).values();
  assertEquals(result?.success, true);
  assertThrows(() => new RequestBatcher(client, { maxConcurrent: 0 }), ValidationError);
});

Deno.test("one bad request does not fail the others, and each failure says why", async () => {
  await using server = startJiraServer({ issues: 3 });
  using client = clientOn(server);
  server.intercept(
    /PROJ-2$/,
    () => new Response("<html><head><title>Error</title></head><h1>Oh no</h1>", { status: 400 }),
  );
  const batcher = new RequestBatcher(client);
  for (const number of [1, 2, 3, 4]) batcher.add("GET", issue(number));

  const results = [...(await batcher.execute()).values()];

  assertEquals(results.map(({ outcome }) => outcome), [
    "succeeded",
    "failed",
    "succeeded",
    "failed",
  ]);
  assertMatch(results[1]?.error ?? "", /400 Bad Request: an HTML page "Error: Oh no"/);
  assertMatch(results[3]?.error ?? "", /404 Not Found: Issue does not exist or you do not have/);
});

Deno.test("reads are sent again after 5xx and lost connections; their attempts are counted", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(/PROJ-1$/, () => new Response("", { status: 503 }), 2);
  const batcher = new RequestBatcher(client);
  batcher.add("GET", issue(1));
  batcher.add("POST", "/rest/api/3/search/jql", { jql: "project = PROJ", maxResults: 1 });
  server.intercept(/search\/jql$/, () => new Response("", { status: 502 }));

  const [read, search] = (await batcher.execute()).values();

  assertEquals([read?.success, read?.attempts], [true, 3]);
  assertEquals([search?.success, search?.attempts], [true, 2]);
});

for (const status of [500, 502, 503, 504]) {
  Deno.test(`a write answered with ${status} is uncertain and not sent again`, async () => {
    await using server = startJiraServer();
    using client = clientOn(server);
    server.intercept(/./, () => new Response("", { status }), 100);
    const batcher = new RequestBatcher(client);
    batcher.add("POST", `${issue(1)}/comment`, { body: "x" });
    batcher.add("PUT", issue(2), { fields: {} });
    batcher.add("DELETE", issue(3));

    const results = [...(await batcher.execute()).values()];

    assertEquals(results.map(({ outcome, attempts }) => [outcome, attempts]), [
      ["uncertain", 1],
      ["uncertain", 1],
      ["uncertain", 1],
    ]);
  });
}

Deno.test("a write that was refused by a limit is sent again, and is done once", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(
    /comment$/,
    () => new Response("<html>Too many</html>", { status: 429, headers: { "retry-after": "1" } }),
  );
  const batcher = new RequestBatcher(client);
  batcher.add("POST", `${issue(1)}/comment`, { body: "x" });

  const [result] = (await batcher.execute()).values();

  assertEquals([result?.success, result?.status, result?.attempts], [true, 201, 2]);
  assertEquals(server.data.writes.length, 1);
});

Deno.test("cancelling finishes what is on its way and reports the rest as cancelled", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const stop = new AbortController();
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  let arrived = 0;
  server.intercept(/./, async () => {
    arrived++;
    await held;
    return undefined;
  }, 100);
  const batcher = new RequestBatcher(client, { maxConcurrent: 2 });
  for (let number = 1; number <= 5; number++) batcher.add("GET", issue(number));

  const executing = batcher.execute({ signal: stop.signal });
  await waitFor(() => arrived === 2, { what: "two requests" });
  stop.abort();
  release();
  const results = [...(await executing).values()];

  assertEquals(results.map(({ outcome }) => outcome), [
    "succeeded",
    "succeeded",
    "cancelled",
    "cancelled",
    "cancelled",
  ]);
  assertMatch(results[4]?.error ?? "", /cancelled before it was sent$/);
  assertEquals(server.count(/./), 2);
});

Deno.test("a refused login ends the batch at once instead of knocking a thousand times", async () => {
  await using server = startJiraServer();
  using client = clientOn(server, { token: "wrong" });
  const batcher = new RequestBatcher(client, { maxConcurrent: 2 });
  for (let number = 1; number <= 100; number++) batcher.add("GET", issue(number));

  const results = [...(await batcher.execute()).values()];

  assert(results.every(({ success }) => !success));
  assertMatch(results[99]?.error ?? "", /Cannot log in to Jira/);
  assert(server.asked.length <= 2, `${server.asked.length} requests`);
});

Deno.test("writes to one issue go one after another in their order, and hold up no other issue", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  server.intercept(/PUT .*PROJ-1$/, async () => {
    await held;
    return undefined;
  });
  const batcher = new RequestBatcher(client, { maxConcurrent: 10 });
  for (const number of [1, 2, 3]) batcher.add("PUT", issue(1), { number });
  batcher.add("PUT", issue(2), { number: 4 });

  const results = await batcher.execute({ onProgress: release });

  assert([...results.values()].every(({ success }) => success));
  assertEquals(server.data.writes.map(({ body }) => Object(body).number), [4, 1, 2, 3]);
});

Deno.test("a stop cancels writes that wait for an earlier one to their issue", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const stop = new AbortController();
  server.intercept(/PUT .*PROJ-1$/, () => {
    stop.abort();
    return undefined;
  });
  const batcher = new RequestBatcher(client);
  for (const number of [1, 2, 3]) batcher.add("PUT", issue(1), { number });

  const results = [...(await batcher.execute({ signal: stop.signal })).values()];

  assertEquals(results.map(({ outcome }) => outcome), ["succeeded", "cancelled", "cancelled"]);
});

Deno.test("a write that times out is uncertain, and the next one is sent all the same", async () => {
  await using server = startJiraServer();
  using client = clientOn(server, { timeoutMs: 300 });
  server.intercept(/PROJ-1$/, () => server.hang());
  const batcher = new RequestBatcher(client, { maxConcurrent: 1 });
  for (const number of [1, 2]) batcher.add("PUT", issue(number), { number });

  const results = [...(await batcher.execute()).values()];

  assertEquals(results.map(({ outcome }) => outcome), ["uncertain", "succeeded"]);
});

Deno.test("writes that all get no answer end the batch, and each that was not sent says so of itself", async () => {
  await using server = startBrokenJira("silent");
  using client = clientOn(server, { timeoutMs: 100 });
  const batcher = new RequestBatcher(client, { maxConcurrent: 1 });
  for (const number of [1, 2, 3, 4, 5, 6]) batcher.add("PUT", issue(number), { number });

  const results = [...(await batcher.execute()).values()];

  assertEquals(
    results.map(({ outcome, attempts }) => `${outcome} ${attempts}`),
    [...Array(4).fill("uncertain 1"), ...Array(2).fill("failed 0")],
  );
  assertMatch(
    results[5]?.error ?? "",
    /^Cannot PUT \S+PROJ-6 as it was not sent: Cannot wait longer/,
  );
});
