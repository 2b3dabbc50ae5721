/**
 * `batchFetchIssues` with a cache that has a part of the issues.
 *
 * Arguments: the part in the cache, address, number of issues, e-mail, token. Prints a `FetchTiming`.
 */

import { join } from "@std/path";
import { Secret } from "../../../../lib/core/mod.ts";
import { batchFetchIssues, isIssue, JiraCache, JiraClient } from "../../../../lib/jira/mod.ts";

const [warm = "", url = "", size = "", email = "", token = ""] = Deno.args;
const keys = (count: number, from = 1) =>
  Array.from({ length: count }, (_, place) => `PROJ-${from + place}`);
const folder = await Deno.makeTempDir({ prefix: "opsdeck-bench-jira-" });
try {
  using client = new JiraClient({
    site: new URL(url),
    login: { kind: "api-token", email, token: new Secret(token) },
  });
  // As the peers: one go before, of issues that are not measured, in a cache of its own.
  using before = new JiraCache({ path: join(folder, "before.sqlite") });
  await batchFetchIssues(client, keys(200), { cache: before });
  await batchFetchIssues(client, keys(200), { cache: before });
  using cache = new JiraCache({ path: join(folder, "cache.sqlite") });
  await batchFetchIssues(client, keys(Math.round(Number(size) * Number(warm))), { cache });
  await fetch(`${url}/mark`);

  const startedAt = performance.now();
  const issues = await batchFetchIssues(client, keys(Number(size)), { cache });
  const ms = performance.now() - startedAt;

  const found = [...issues.values()].filter(isIssue).length;
  // deno-lint-ignore no-console -- its answer
  console.log(JSON.stringify({ ms, found }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
