/**
 * jira.js as its users use it: `getIssue` ten at a time, or a loop of `bulkFetchIssues` of 100.
 *
 * Arguments: `gets` or `bulk`, address, number of issues, e-mail, token. Prints a `FetchTiming`.
 */

import { createCloudClient } from "jira.js";

const [mode, host = "", size = "", email = "", apiToken = ""] = Deno.args;
const jira = createCloudClient({ host, auth: { type: "basic", email, apiToken } });
const keys = (count: number) => Array.from({ length: count }, (_, place) => `PROJ-${place + 1}`);

async function gets(names: string[]): Promise<number> {
  const waiting = names.values();
  let found = 0;
  const lane = async () => {
    for (const issueIdOrKey of waiting) {
      const issue = await jira.issues.getIssue({ issueIdOrKey, fields: ["summary", "status"] });
      if (issue.key === issueIdOrKey) found++;
    }
  };
  await Promise.all(Array.from({ length: 10 }, lane));
  return found;
}

async function bulk(names: string[]): Promise<number> {
  let found = 0;
  for (let at = 0; at < names.length; at += 100) {
    const { issues = [] } = await jira.issues.bulkFetchIssues({
      issueIdsOrKeys: names.slice(at, at + 100),
      fields: ["*navigable"],
    });
    found += issues.length;
  }
  return found;
}

const work = mode === "bulk" ? bulk : gets;
await work(keys(200));
const startedAt = performance.now();
const found = await work(keys(Number(size)));
// deno-lint-ignore no-console -- its answer
console.log(JSON.stringify({ ms: performance.now() - startedAt, found }));
