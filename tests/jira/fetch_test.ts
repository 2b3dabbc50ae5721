import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ConfigurationError, NetworkError, ValidationError } from "../../lib/core/mod.ts";
import {
  batchFetchIssues,
  isIssue,
  type IssueResult,
  JiraCache,
  planFetch,
} from "../../lib/jira/mod.ts";
import { fetchIssues } from "../../lib/jira/fetch/batch_fetch_issues.ts";
import { matchIssues } from "../../lib/jira/fetch/match_issues.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { clientOn } from "./client_on.ts";

const keys = (count: number, first = 1) =>
  Array.from({ length: count }, (_, place) => `PROJ-${first + place}`);
const bulk = /POST \/rest\/api\/3\/issue\/bulkfetch$/;

function keyOf(result: IssueResult | undefined): string | null {
  return result !== undefined && isIssue(result) ? result.key : null;
}

function errorOf(result: IssueResult | undefined): string {
  return result !== undefined && "error" in result ? result.error : "";
}

async function openCache(options: { clock?: () => number } = {}) {
  const folder = await temporaryFolder("jira-fetch");
  const cache = new JiraCache({ path: `${folder.path}/cache.sqlite`, ...options });
  return {
    cache,
    async [Symbol.asyncDispose]() {
      cache.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("batchFetchIssues() gives every key in the order asked, with ceil(misses / 100) calls", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const asked = keys(250).reverse();

  const issues = await batchFetchIssues(client, asked);

  assertEquals([...issues.keys()], asked);
  assertEquals([...issues.values()].map(keyOf), asked);
  assertEquals([server.asked.length, server.count(bulk, 200)], [3, 3]);
});

Deno.test("batchFetchIssues() asks the cache first and Jira for the misses alone", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  await using opened = await openCache();
  const { cache } = opened;

  await batchFetchIssues(client, keys(900), { cache });
  server.asked.length = 0;
  const plan = planFetch(client, keys(1000), { cache });
  const fetched = await fetchIssues(client, keys(1000), { cache });
  const again = await fetchIssues(client, keys(1000), { cache });

  assertEquals(plan, { keys: 1000, invalid: [], hits: 900, misses: 100, calls: 1 });
  assertEquals([fetched.hits, fetched.misses, fetched.calls], [900, 100, 1]);
  assertEquals([again.hits, again.misses, again.calls], [1000, 0, 0]);
  assertEquals(server.asked.length, 1);
  assertEquals([...fetched.issues.keys()], keys(1000));
  const { hits, misses } = cache.getStats();
  assertEquals([hits, misses], [1900, 1000]);
});

Deno.test("batchFetchIssues() serves neither another view nor another login from the cache", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  await using other = startJiraServer();
  using elsewhere = clientOn(other);
  await using opened = await openCache();
  const { cache } = opened;
  await batchFetchIssues(client, ["PROJ-1"], { cache, fields: ["summary"] });

  const same = await fetchIssues(client, ["PROJ-1"], { cache, fields: ["summary", "summary"] });
  const wider = await fetchIssues(client, ["PROJ-1"], { cache, fields: ["summary", "status"] });
  const expanded = await fetchIssues(client, ["PROJ-1"], {
    cache,
    fields: ["summary"],
    expand: ["changelog"],
  });
  const another = await fetchIssues(elsewhere, ["PROJ-1"], { cache, fields: ["summary"] });

  assertEquals([same.hits, wider.hits, expanded.hits, another.hits], [1, 0, 0, 0]);
});

Deno.test("batchFetchIssues() names what is missing, forbidden, and no key at all", async () => {
  await using server = startJiraServer({ issues: 10, forbidden: [3] });
  using client = clientOn(server);
  const asked = ["PROJ-1", "PROJ-3", "PROJ-11", "not a key", "PROJ-2"];

  const issues = await batchFetchIssues(client, asked);

  assertEquals([...issues.keys()], asked);
  for (const key of ["PROJ-3", "PROJ-11"]) {
    assertEquals(issues.get(key), { error: `${key} does not exist, or this login may not see it` });
  }
  assertMatch(errorOf(issues.get("not a key")), /neither a key such as PROJ-1 nor an id/);
  assertEquals(server.asked.length, 1);
});

Deno.test("batchFetchIssues() finds keys of another case, ids, duplicates and moved issues", async () => {
  await using server = startJiraServer({
    issues: 20,
    moved: { "OLD-7": 7, "OLD-8": 8 },
  });
  using client = clientOn(server);

  const issues = await batchFetchIssues(client, [
    "proj-1",
    "PROJ-1",
    "10002",
    "OLD-7",
    "PROJ-7",
    "OLD-8",
    "OLD-9",
  ]);

  const found = Object.fromEntries([...issues].map(([key, issue]) => [key, keyOf(issue)]));
  assertEquals(found, {
    "proj-1": "PROJ-1",
    "PROJ-1": "PROJ-1",
    "10002": "PROJ-2",
    "OLD-7": "PROJ-7",
    "PROJ-7": "PROJ-7",
    "OLD-8": "PROJ-8",
    "OLD-9": null,
  });
});

Deno.test("a moved issue is found with one call when nothing else is open", async () => {
  await using server = startJiraServer({ moved: { "OLD-7": 7 } });
  using client = clientOn(server);

  const issues = await batchFetchIssues(client, ["PROJ-1", "OLD-7", "PROJ-2"]);

  assertEquals(keyOf(issues.get("OLD-7")), "PROJ-7");
  assertEquals(server.asked.length, 1);
});

Deno.test("a moved issue asked for by both its keys is found by both", async () => {
  await using server = startJiraServer({ moved: { "OLD-7": 7 } });
  using client = clientOn(server);

  const both = await batchFetchIssues(client, ["OLD-7", "PROJ-7", "OLD-8"]);
  const oneProject = server.asked.length;
  await batchFetchIssues(client, ["PROJ-1", "PROJ-5000"]);

  assertEquals([...both.values()].map(keyOf), ["PROJ-7", "PROJ-7", null]);
  // A second look is taken only where a missing key may be of an issue that changed its project.
  assertEquals(server.asked.length, oneProject + 1);
});

Deno.test("up to 1000 issues are fetched with one call where view and server allow it", async () => {
  await using server = startJiraServer({ bulkLimit: 1000, issues: 2500 });
  using client = clientOn(server);

  const issues = await batchFetchIssues(client, keys(2500), { fields: ["summary"] });
  const costly = await batchFetchIssues(client, keys(200), { fields: ["summary", "comment"] });

  assertEquals([issues.size, costly.size], [2500, 200]);
  assertEquals(server.asked.map(({ body }) => Object(body).issueIdsOrKeys.length), [
    1000,
    1000,
    500,
    100,
    100,
  ]);
});

Deno.test("a server that refuses 1000 issues is asked for 100 at a time from then on", async () => {
  await using server = startJiraServer({ bulkLimit: 100 });
  using client = clientOn(server);

  const issues = await batchFetchIssues(client, keys(1000), { fields: ["summary"] });
  await batchFetchIssues(client, keys(300), { fields: ["summary"] });

  assert([...issues.values()].every((issue) => !("error" in issue)));
  assertEquals([server.count(bulk, 400), server.count(bulk, 200)], [1, 13]);
});

Deno.test("Data Center and sites without a bulk fetch are asked issue by issue", async () => {
  await using dataCenter = startJiraServer({ deployment: "data-center", issues: 5 });
  using client = clientOn(dataCenter, { dataCenter: true });
  await using old = startJiraServer({ moved: { "OLD-1": 1 } });
  old.intercept(bulk, () => new Response("<html><title>404</title>", { status: 404 }), 100);
  using oldClient = clientOn(old);

  const issues = await batchFetchIssues(client, ["PROJ-1", "PROJ-6", "PROJ-2"]);
  const oldIssues = await batchFetchIssues(oldClient, ["OLD-1", "PROJ-2"]);

  assertEquals([...issues.values()].map(keyOf), [
    "PROJ-1",
    null,
    "PROJ-2",
  ]);
  assertEquals(dataCenter.count(/^GET \/rest\/api\/2\/issue\//), 3);
  assertEquals([...oldIssues.values()].map(keyOf), ["PROJ-1", "PROJ-2"]);
});

Deno.test("issues that Jira withholds for now are asked for again, in smaller calls", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(bulk, (_request, body) => {
    const names: string[] = Object(body).issueIdsOrKeys;
    const issues = names.slice(0, 10).map((key) => server.data.find(key));
    return Response.json({ issues, issueErrors: [{ id: "1", errorMessage: "too much at once" }] });
  });

  const issues = await batchFetchIssues(client, keys(30));

  assert([...issues.values()].every((issue) => !("error" in issue)));
  assertEquals(server.asked.length, 3);
});

Deno.test("allowStale gives issues past their time, with their age, when Jira is out of reach", async () => {
  let now = Date.now();
  await using opened = await openCache({ clock: () => now });
  const { cache } = opened;
  const server = startJiraServer();
  using client = clientOn(server);
  await batchFetchIssues(client, keys(3), { cache });
  await server[Symbol.asyncDispose]();
  now += 3_600_000;

  const fetched = await fetchIssues(client, [...keys(3), "PROJ-9"], { cache, allowStale: true });

  assertEquals([...fetched.stale], keys(3).map((key) => [key, 3_600_000]));
  assertEquals(keyOf(fetched.issues.get("PROJ-2")), "PROJ-2");
  assertMatch(errorOf(fetched.issues.get("PROJ-9")), /Cannot reach Jira/);
  assertEquals(fetched.failure?.exitCode, 4);
  await assertRejects(
    () => batchFetchIssues(client, keys(3), { cache }),
    NetworkError,
    "Cannot reach Jira",
  );
});

Deno.test("a wrong token is an error of the configuration and never an empty result", async () => {
  for (const dataCenter of [false, true]) {
    await using server = startJiraServer({ deployment: dataCenter ? "data-center" : "cloud" });
    using client = clientOn(server, { token: "wrong", dataCenter });

    await assertRejects(
      () => batchFetchIssues(client, keys(3)),
      ConfigurationError,
      "took the request for anonymous",
    );
  }
});

Deno.test("progress ends with all keys, duplicates counted once", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const seen: [number, number][] = [];

  await batchFetchIssues(client, [...keys(150), ...keys(10)], {
    onProgress: (done, total) => seen.push([done, total]),
  });

  assertEquals(seen.at(-1), [150, 150]);
  assert(seen.every(([done], place) => done >= (seen[place - 1]?.[0] ?? 0)));
});

Deno.test("matchIssues() settles every name once and never gives an issue to a wrong name", () => {
  const number = fc.integer({ min: 1, max: 30 });
  fc.assert(fc.property(
    fc.uniqueArray(number, { maxLength: 12 }),
    fc.uniqueArray(number, { maxLength: 12 }),
    fc.uniqueArray(number, { maxLength: 3 }),
    (asked, present, moved) => {
      const isMoved = (n: number) => moved.includes(n);
      const names = asked.map((n) => isMoved(n) ? `OLD-${n}` : `PROJ-${n}`);
      const issues = asked.filter((n) => present.includes(n))
        .map((n) => ({ id: String(1000 + n), key: `PROJ-${n}` }))
        .sort((a, b) => Number(a.id) - Number(b.id));

      const { found, missing, unclear } = matchIssues(names, issues);

      const settled = [...found.keys(), ...missing, ...unclear].sort();
      assertEquals(settled, [...names].sort());
      for (const [name, issue] of found) {
        assertEquals(issue.key.split("-")[1], name.split("-")[1]);
      }
      for (const name of missing) {
        assert(!present.includes(Number(name.split("-")[1])), `${name} is there`);
      }
    },
  ));
});

Deno.test("progress counts keys as asked for, in two cases and with what is no key too", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  const seen: [number, number][] = [];

  await batchFetchIssues(client, ["PROJ-1", "proj-1", "no key", "PROJ-2"], {
    onProgress: (done, total) => seen.push([done, total]),
  });

  assertEquals(seen.at(0), [1, 4]);
  assertEquals(seen.at(-1), [4, 4]);
});

Deno.test("an issue that Data Center forbids is named among the missing", async () => {
  await using server = startJiraServer({ deployment: "data-center" });
  using client = clientOn(server, { dataCenter: true });
  server.intercept(/PROJ-2$/, () => Response.json({ errorMessages: ["No"] }, { status: 403 }));

  const fetched = await fetchIssues(client, keys(3));

  assertEquals([fetched.missing, fetched.failure], [["PROJ-2"], undefined]);
  assertMatch(errorOf(fetched.issues.get("PROJ-2")), /this login may not see it/);
});

Deno.test("batchFetchIssues() refuses a number of requests at once that means nothing", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  for (const maxConcurrent of [0, -1, 1.5, NaN]) {
    await assertRejects(
      () => batchFetchIssues(client, keys(1), { maxConcurrent }),
      ValidationError,
      "maxConcurrent must be a whole number from 1 to 1000",
    );
  }
});
