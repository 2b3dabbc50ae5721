import { assert, assertEquals, assertMatch } from "@std/assert";
import { RequestBatcher } from "../../lib/jira/mod.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { clientOn } from "./client_on.ts";

const issue = (number: number) => `/rest/api/3/issue/PROJ-${number}`;

for (const namesWait of [true, false]) {
  const how = namesWait ? "with" : "without";
  Deno.test(`no request is lost under a burst limit ${how} Retry-After, and few are refused`, async () => {
    await using server = startJiraServer({
      burst: { capacity: 20, perSecond: 100, namesWait },
    });
    using client = clientOn(server);
    const batcher = new RequestBatcher(client, { maxConcurrent: 10 });
    for (let number = 1; number <= 250; number++) batcher.add("GET", issue(number));

    const results = [...(await batcher.execute()).values()];

    assert(results.every(({ success }) => success));
    assertEquals(server.count(/./, 200), 250);
    const late = server.asked.filter(({ atMs }) => atMs > 1000);
    const refused = late.filter(({ status }) => status === 429).length;
    assert(refused <= Math.max(3, late.length * 0.01), `${refused} of ${late.length} refused`);
  });
}

Deno.test("a burst limit slows the endpoint that it concerns and no other", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(/GET .*PROJ-1$/, () =>
    new Response("", {
      status: 429,
      headers: { "retry-after": "2", "ratelimit-reason": "jira-burst-based" },
    }));
  const batcher = new RequestBatcher(client, { maxConcurrent: 1 });
  const order: string[] = [];
  batcher.add("GET", issue(1));
  for (let count = 0; count < 3; count++) batcher.add("PUT", issue(2), { fields: {} });
  await batcher.execute({ onProgress: () => order.push("done") });

  assertEquals(order.length, 4);
  // The refused GET comes last, after the writes that came behind it.
  assertEquals(server.asked.map(({ method, status }) => `${method} ${status}`), [
    "GET 429",
    "PUT 204",
    "PUT 204",
    "PUT 204",
    "GET 200",
  ]);
});

Deno.test("a limit on writing one issue holds back that issue alone", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(/PROJ-1$/, () =>
    new Response("", {
      status: 429,
      headers: { "retry-after": "1", "ratelimit-reason": "jira-per-issue-on-write" },
    }));
  const batcher = new RequestBatcher(client, { maxConcurrent: 1 });
  for (const number of [1, 2, 1, 3]) batcher.add("PUT", issue(number), { fields: { number } });

  const results = [...(await batcher.execute()).values()];

  assert(results.every(({ success }) => success));
  assertEquals(
    server.asked.map(({ path, status }) => `${path.at(-1)} ${status}`),
    ["1 429", "2 204", "3 204", "1 204", "1 204"],
  );
});

Deno.test("an absurd Retry-After is not obeyed: all that it concerns fails at once, with exit code 4", async () => {
  await using server = startJiraServer({
    burst: { capacity: 2, perSecond: 0.0001, retryAfter: "9223372036854775807" },
  });
  using client = clientOn(server);
  const batcher = new RequestBatcher(client, { maxConcurrent: 2 });
  for (let number = 1; number <= 50; number++) batcher.add("GET", issue(number));

  const results = [...(await batcher.execute()).values()];

  assertEquals(results.filter(({ success }) => success).length, 2);
  assertMatch(results[49]?.error ?? "", /rate limit asks to wait \d+ s/);
  assert(server.asked.length <= 4, `${server.asked.length} requests`);
});

Deno.test("what Data Center says of its token bucket keeps requests from being refused", async () => {
  let tokens = 5;
  let at = performance.now();
  await using server = startJiraServer({ deployment: "data-center" });
  using client = clientOn(server, { dataCenter: true });
  server.intercept(/./, () => {
    const now = performance.now();
    tokens = Math.min(5, tokens + ((now - at) / 1000) * 50);
    at = now;
    const isRefused = tokens < 1;
    if (!isRefused) tokens--;
    return Response.json({ id: "1", key: "PROJ-1" }, {
      status: isRefused ? 429 : 200,
      headers: {
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": String(Math.floor(tokens)),
        "x-ratelimit-fillrate": "50",
        "x-ratelimit-interval-seconds": "1",
        "retry-after": isRefused ? "1" : "0",
      },
    });
  }, 1000);
  const batcher = new RequestBatcher(client, { maxConcurrent: 2 });
  for (let number = 1; number <= 60; number++) {
    batcher.add("GET", `/rest/api/2/issue/PROJ-${number}`);
  }

  const results = [...(await batcher.execute()).values()];

  assert(results.every(({ success }) => success));
  assert(server.count(/./, 429) <= 2, `${server.count(/./, 429)} refused`);
});
