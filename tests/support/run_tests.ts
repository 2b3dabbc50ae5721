/**
 * Runs the tests on one throw-away PostgreSQL server: `deno task test [FILTER | PATH …] [FLAG …]`.
 * Its last line is `N passed, N failed, N skipped`; its exit code is that of `deno test`, and 1
 * when no test ran.
 */

import { resolve } from "@std/path";
import { callerDirectory } from "../../lib/core/mod.ts";
import { fetchBundler } from "./fetch_bundler.ts";
import { sharedBinariesVariable, sharedServerVariable } from "./shared_server.ts";
import { parseTestSummary } from "./test_summary.ts";
import { createThrowawayCluster } from "./throwaway_cluster.ts";
import { startWatchdog } from "./watchdog.ts";

/** Turns what the caller gives into arguments of `deno test`: paths, flags, and one filter. */
export function testArguments(args: readonly string[], folder: string): string[] {
  const rest: string[] = [];
  const filters: string[] = [];
  for (const arg of args) {
    if (arg.startsWith("-")) rest.push(arg);
    else if (exists(resolve(folder, arg))) rest.push(resolve(folder, arg));
    else filters.push(arg);
  }
  if (filters.length > 1) {
    throw new Error(
      `Cannot run the tests as "${filters[1]}" is neither a file nor the one filter allowed; ` +
        "give a filter of several words in quotes",
    );
  }
  return [...filters.map((filter) => `--filter=${filter}`), ...rest];
}

async function runTests(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  await fetchBundler();
  await using server = await createThrowawayCluster();
  if (stop.signal.aborted) return 130;

  // Scripts that tests run from a folder of their own are not run from this task's caller's.
  const { INIT_CWD: _, ...environment } = Deno.env.toObject();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", "--no-prompt", ...args],
    clearEnv: true,
    env: {
      ...environment,
      NO_COLOR: "1",
      [sharedServerVariable]: server.url(),
      [sharedBinariesVariable]: server.binaries,
    },
    stdin: "null",
    stdout: "piped",
    signal: stop.signal,
  }).spawn();
  const watchdog = startWatchdog('kill "$1"', [String(child.pid)]);
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    await writeAll(text);
    output += text;
  }
  const { code } = await child.status;
  await watchdog.release();

  const summary = parseTestSummary(output);
  const { passed, failed, skipped } = summary ?? { passed: 0, failed: 0, skipped: 0 };
  if (summary === undefined) await writeAll("The tests did not run to their end\n");
  await writeAll(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (stop.signal.aborted) return 130;
  return code === 0 && passed === 0 ? 1 : code;
}

async function writeAll(text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  Deno.exit(await runTests(testArguments(Deno.args, callerDirectory())));
}
