import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { NetworkError, ValidationError } from "../../lib/core/mod.ts";
import { searchIssues } from "../../lib/jira/mod.ts";
import { SeenIds } from "../../lib/jira/search/seen_ids.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { clientOn } from "./client_on.ts";

const jql = "project = PROJ order by key";

async function keysOf(pages: AsyncIterable<{ key: string }[]>): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of pages) keys.push(...page.map(({ key }) => key));
  return keys;
}

const allKeys = (count: number) => Array.from({ length: count }, (_, place) => `PROJ-${place + 1}`);

Deno.test("searchIssues() follows page tokens on Cloud to the last page", async () => {
  await using server = startJiraServer({ issues: 250 });
  using client = clientOn(server);

  const keys = await keysOf(searchIssues(client, jql));

  assertEquals(keys, allKeys(250));
  assertEquals(server.count(/POST \/rest\/api\/3\/search\/jql$/, 200), 3);
});

Deno.test("searchIssues() follows startAt on Data Center, whatever the server's page size", async () => {
  await using server = startJiraServer({ deployment: "data-center", issues: 250, maxPage: 60 });
  using client = clientOn(server, { dataCenter: true });

  const keys = await keysOf(searchIssues(client, jql));

  assertEquals(keys, allKeys(250));
  assertEquals(
    server.asked.map(({ body }) => Object(body).startAt),
    [0, 60, 120, 180, 240],
  );
});

Deno.test("searchIssues() gives no more than the limit and asks for no more pages", async () => {
  await using server = startJiraServer({ issues: 1000 });
  using client = clientOn(server);

  const keys = await keysOf(searchIssues(client, jql, { limit: 120 }));

  assertEquals(keys, allKeys(120));
  assertEquals(server.asked.map(({ body }) => Object(body).maxResults), [120, 20]);
});

Deno.test("searchIssues() begins anew when its token has expired, and gives no issue twice", async () => {
  await using server = startJiraServer({ issues: 350 });
  using client = clientOn(server);
  const restarts: number[] = [];
  const keys: string[] = [];

  for await (
    const page of searchIssues(client, jql, { onRestart: (found) => restarts.push(found) })
  ) {
    if (keys.length === 100) server.expireTokens();
    keys.push(...page.map(({ key }) => key));
  }

  assertEquals(restarts, [200]);
  assertEquals(keys, allKeys(350));
});

Deno.test("searchIssues() says what Jira has against a query", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);

  await assertRejects(
    () => keysOf(searchIssues(client, "order by key")),
    ValidationError,
    "Unbounded JQL queries are not allowed here",
  );
  await assertRejects(() => keysOf(searchIssues(client, "broken")), ValidationError, "JQL Query");
});

Deno.test("searchIssues() does not circle on a page token that leads to itself", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(
    /search/,
    () => Response.json({ issues: [], isLast: false, nextPageToken: "same" }),
    100,
  );

  await assertRejects(
    () => keysOf(searchIssues(client, jql)),
    NetworkError,
    "gives the same page again",
  );
  assertEquals(server.asked.length, 2);
});

Deno.test("searchIssues() ends with the signal's reason between two pages", async () => {
  await using server = startJiraServer({ issues: 1000 });
  using client = clientOn(server);
  const stop = new AbortController();
  const pages = searchIssues(client, jql, { signal: stop.signal });

  await pages.next();
  stop.abort(new Error("enough"));

  await assertRejects(() => pages.next(), Error, "enough");
  assertEquals(server.asked.length, 1);
});

Deno.test("SeenIds tells new numbers from old ones like a set", () => {
  const id = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.maxSafeNat());
  fc.assert(fc.property(fc.array(id), (ids) => {
    const known = new Set<number>();
    const seen = new SeenIds();
    for (const id of ids) {
      assertEquals(seen.add(id), !known.has(id));
      known.add(id);
    }
  }));
  assert(new SeenIds().add(0));
});
