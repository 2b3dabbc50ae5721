/** Many GETs under a burst limit: none may be lost, and few may be refused. */

import { Secret } from "../../../lib/core/mod.ts";
import { JiraClient, RequestBatcher } from "../../../lib/jira/mod.ts";
import { jiraLogin, startJiraServer } from "../../fakes/jira_server.ts";

/** What a batch under a limit took. */
export interface LimitResult {
  /** Whether refusals said when to come again. */
  names_wait: boolean;
  /** Requests of the batch. */
  requests: number;
  /** Those without an answer of 2xx in the end. */
  lost: number;
  /** Refusals in all. */
  refused: number;
  /** Refusals as a part of all requests that came after the first second, in per cent. */
  late_refused_percent: number;
  /** How long the batch took, in milliseconds. */
  ms: number;
  /** How long the limit itself makes it take, in milliseconds. */
  ideal_ms: number;
}

const limit = { capacity: 50, perSecond: 100 };

/** Measures a batch with and without `Retry-After`. */
export async function measureLimits(
  { requests, signal, note }: {
    requests: number;
    signal: AbortSignal;
    note: (text: string) => void;
  },
): Promise<LimitResult[]> {
  const results: LimitResult[] = [];
  for (const namesWait of [true, false]) {
    note(`limits, ${namesWait ? "with" : "without"} Retry-After`);
    results.push(await measureOne(requests, namesWait, signal));
  }
  return results;
}

async function measureOne(
  requests: number,
  namesWait: boolean,
  signal: AbortSignal,
): Promise<LimitResult> {
  await using server = startJiraServer({
    issues: requests,
    latencyMs: 20,
    burst: { ...limit, namesWait },
  });
  using client = new JiraClient({
    site: new URL(server.url),
    login: {
      kind: "api-token",
      email: jiraLogin.email,
      token: new Secret(jiraLogin.token),
    },
  });
  const batcher = new RequestBatcher(client, { maxConcurrent: 10 });
  for (let number = 1; number <= requests; number++) {
    batcher.add("GET", `/rest/api/3/issue/PROJ-${number}`);
  }
  const startedAt = performance.now();
  const results = [...(await batcher.execute({ signal })).values()];
  const ms = performance.now() - startedAt;
  const first = Math.min(...server.asked.map(({ atMs }) => atMs));
  const late = server.asked.filter(({ atMs }) => atMs - first > 1000);
  const isRefused = ({ status }: { status: number }) => status === 429;
  const lateShare = late.filter(isRefused).length / Math.max(1, late.length);
  return {
    names_wait: namesWait,
    requests,
    lost: results.filter(({ success }) => !success).length,
    refused: server.asked.filter(isRefused).length,
    late_refused_percent: Math.round(lateShare * 10_000) / 100,
    ms: Math.round(ms),
    ideal_ms: Math.round(((requests - limit.capacity) / limit.perSecond) * 1000),
  };
}
