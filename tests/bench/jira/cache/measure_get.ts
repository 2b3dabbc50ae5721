/** How long `jira-batch cache get` takes as a whole, against an empty script that reads the row. */

import { fromFileUrl, join } from "@std/path";
import { JiraCache } from "../../../../lib/jira/mod.ts";
import { scriptPath, shebangArgs } from "../../../support/run_script.ts";
import { median, pairedRatio } from "../../frame/statistics.ts";
import { issueOf } from "./sample_entries.ts";

/** The times of whole processes, medians in milliseconds. */
export interface GetResult {
  /** `jira-batch cache get` as its first line runs it. */
  cache_get_ms: number;
  /** The empty script. */
  empty_ms: number;
  /** The median of their quotients, pair by pair. */
  ratio: number;
}

/** Runs both in turn, after one run of each that does not count. */
export async function measureGet(runs: number, signal: AbortSignal): Promise<GetResult> {
  const home = await Deno.makeTempDir({ prefix: "opsdeck-bench-cache-get-" });
  try {
    const path = join(home, ".local/state/opsdeck/jira/cache.sqlite");
    {
      using cache = new JiraCache({ path });
      cache.set("PROJ-1", issueOf(0), "issue", { ttlMs: 86_400_000 });
    }
    const env = { ...Deno.env.toObject(), HOME: home, DENO_DIR: packageFolder(), PWD: home };
    const script = scriptPath("jira-batch");
    const getArgs = [...shebangArgs(script, env), script, "cache", "get", "PROJ-1"];
    const config = fromFileUrl(new URL("../../../../deno.json", import.meta.url));
    const empty = fromFileUrl(new URL("empty_script.ts", import.meta.url));
    const folders = [`--allow-read=${home}`, `--allow-write=${home}`];
    const emptyArgs = ["run", "-q", "--no-prompt", `--config=${config}`, ...folders, empty];

    const getMs: number[] = [];
    const emptyMs: number[] = [];
    for (let turn = -1; turn < runs; turn++) {
      signal.throwIfAborted();
      const get = await timeRun(getArgs, env);
      const least = await timeRun([...emptyArgs, path, "PROJ-1"], env);
      if (turn < 0) continue;
      getMs.push(get);
      emptyMs.push(least);
    }
    const rounded = (value: number) => Math.round(value * 100) / 100;
    return {
      cache_get_ms: rounded(median(getMs)),
      empty_ms: rounded(median(emptyMs)),
      ratio: rounded(pairedRatio(getMs, emptyMs)),
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** The package cache of whoever measures, for a script with a home of its own. */
function packageFolder(): string {
  const cache = Deno.build.os === "darwin" ? "Library/Caches/deno" : ".cache/deno";
  return Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", cache);
}

async function timeRun(args: readonly string[], env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: env["PWD"] ?? ".",
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const ms = performance.now() - startedAt;
  if (success) return ms;
  throw new Error(`Cannot time "${args.join(" ")}": ${new TextDecoder().decode(stderr)}`);
}
