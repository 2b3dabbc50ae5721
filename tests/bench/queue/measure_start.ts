/** How long `claim-batch --help` takes, against an empty script that parses arguments. */

import { fromFileUrl } from "@std/path";
import { scriptPath, shebangArgs } from "../../support/run_script.ts";

/** The times of starting, in milliseconds, alternating. */
export interface StartTimes {
  /** `claim-batch --help` as its first line runs it. */
  claimBatchMs: number[];
  /** The empty script. */
  emptyMs: number[];
}

/** Times both in turn, after one start of each that does not count. */
export async function measureStart(starts: number, signal: AbortSignal): Promise<StartTimes> {
  const claimBatch = scriptPath("claim-batch");
  const environment = { ...Deno.env.toObject(), PWD: Deno.cwd() };
  const claimBatchArgs = [...shebangArgs(claimBatch, environment), claimBatch, "--help"];
  const empty = fromFileUrl(new URL("empty_script.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  const emptyArgs = ["run", "-q", "--no-prompt", `--config=${config}`, empty, "--help"];

  const times: StartTimes = { claimBatchMs: [], emptyMs: [] };
  for (let start = -1; start < starts; start++) {
    signal.throwIfAborted();
    const claimBatchMs = await timeRun(claimBatchArgs);
    const emptyMs = await timeRun(emptyArgs);
    if (start < 0) continue;
    times.claimBatchMs.push(claimBatchMs);
    times.emptyMs.push(emptyMs);
  }
  return times;
}

async function timeRun(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const ms = performance.now() - startedAt;
  if (success) return ms;
  throw new Error(`Cannot time "${args.join(" ")}": ${new TextDecoder().decode(stderr)}`);
}
