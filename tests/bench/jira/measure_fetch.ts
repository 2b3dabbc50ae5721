/** Fetching a thousand issues: opsdeck against jira.js, in alternating rounds, each in a process. */

import { fromFileUrl } from "@std/path";
import { jiraLogin, startJiraServer } from "../../fakes/jira_server.ts";
import { median, pairedRatio } from "../frame/statistics.ts";

/** What a fetching process prints. */
interface FetchTiming {
  /** How long the fetch took, in milliseconds, without the start of the process. */
  ms: number;
  /** Issues that it has in hand. */
  found: number;
}

/** What one way of fetching took. */
export interface FetchResult {
  /** The way. */
  name: string;
  /** Median, in milliseconds. */
  ms: number;
  /** Round trips of the measured fetch. */
  calls: number;
  /** Issues in hand. */
  found: number;
  /** How many times longer than opsdeck with 90 % in the cache, medians of paired rounds. */
  times_opsdeck: number;
}

/** How to measure. */
export interface FetchMeasure {
  issues: number;
  rounds: number;
  latencyMs: number;
  signal: AbortSignal;
  note: (text: string) => void;
}

interface Way {
  name: string;
  program: string;
  config: string;
  mode: string;
}

const ways: readonly Way[] = [
  {
    name: "opsdeck, 90 % in the cache",
    program: "./systems/opsdeck.ts",
    config: "../../../deno.json",
    mode: "0.9",
  },
  {
    name: "opsdeck, empty cache",
    program: "./systems/opsdeck.ts",
    config: "../../../deno.json",
    mode: "0",
  },
  {
    name: "jira.js getIssue, 10 at once",
    program: "./peers/jira_js.ts",
    config: "../deno.json",
    mode: "gets",
  },
  {
    name: "jira.js bulkFetchIssues, 100 a call",
    program: "./peers/jira_js.ts",
    config: "../deno.json",
    mode: "bulk",
  },
];

/** Measures every way in every round. */
export async function measureFetch(options: FetchMeasure): Promise<FetchResult[]> {
  const { issues, rounds, latencyMs, signal, note } = options;
  await using server = startJiraServer({ issues, latencyMs, issueBytes: 1024 });
  const timings = ways.map((): number[] => []);
  const last = ways.map(() => ({ calls: 0, found: 0 }));
  for (let round = 1; round <= rounds; round++) {
    note(`fetch, round ${round} of ${rounds}`);
    for (const [place, way] of ways.entries()) {
      signal.throwIfAborted();
      server.asked.length = 0;
      const { ms, found } = await runWay(way, server.url, issues, signal);
      timings[place]?.push(ms);
      const calls = callsOf(server.asked.map(({ method, path }) => `${method} ${path}`), way);
      last[place] = { calls, found };
    }
  }
  const [own = []] = timings;
  return ways.map(({ name }, place) => ({
    name,
    ms: round1(median(timings[place] ?? [])),
    ...(last[place] ?? { calls: 0, found: 0 }),
    times_opsdeck: round1(pairedRatio(timings[place] ?? [], own)),
  }));
}

/** opsdeck marks where its fetch begins; the peers begin with 200 issues to warm up. */
function callsOf(lines: readonly string[], { mode }: Way): number {
  const mark = lines.indexOf("GET /mark");
  if (mark >= 0) return lines.length - mark - 1;
  return lines.length - (mode === "bulk" ? 2 : 200);
}

async function runWay(
  { program, config, mode }: Way,
  url: string,
  issues: number,
  signal: AbortSignal,
): Promise<FetchTiming> {
  const path = (relative: string) => fromFileUrl(new URL(relative, import.meta.url));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-prompt", "--allow-all", `--config=${path(config)}`, path(program)],
      ...[mode, url, String(issues), jiraLogin.email, jiraLogin.token],
    ],
    signal,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot measure ${program} ${mode}: ${decode(stderr)}`);
  // The other end is a program of this folder.
  return JSON.parse(decode(stdout)) as FetchTiming;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
