/** Ending a program together with everything that it started. */

import { delay } from "../../core/mod.ts";

/**
 * The steps of ending a group. yt-dlp takes its ffmpeg with it on SIGINT only; on SIGTERM it leaves
 * it behind.
 */
const steps = ["INT", "TERM", "KILL"];
const defaultPatienceMs = 5000;
const pollMs = 50;

/** Groups that run, so that the end of this process can take them along. */
const running = new Set<number>();

/** A program's process group; disposing stops watching over it. */
export interface ProcessGroup extends Disposable {
  /** Ends every process in it: with SIGINT, after a while with SIGTERM, then with SIGKILL. */
  stop(): Promise<void>;
  /** Kills what is left of it when its first process has ended. */
  sweep(): Promise<void>;
}

/**
 * Watches over the group of a child that was started with `detached: true`, so that its process id
 * is its group's. When this process ends by `Deno.exit()`, the group is killed.
 *
 * @param patienceMs how long each step of ending it may take, in milliseconds; defaults to 5000
 */
export function watchProcessGroup(
  child: Deno.ChildProcess,
  patienceMs: number = defaultPatienceMs,
): ProcessGroup {
  running.add(child.pid);
  if (running.size === 1) globalThis.addEventListener("unload", killAll);
  let hasEnded = false;
  const markEnded = () => hasEnded = true;
  child.status.then(markEnded, markEnded);
  return {
    stop: () => stopGroup(child.pid, patienceMs, steps),
    sweep: () =>
      isAlive(child.pid) ? stopGroup(child.pid, patienceMs, ["KILL"]) : Promise.resolve(),
    [Symbol.dispose]() {
      running.delete(child.pid);
      if (running.size === 0) globalThis.removeEventListener("unload", killAll);
      if (!hasEnded) signalGroup(child.pid, "KILL");
    },
  };
}

async function stopGroup(
  pid: number,
  patienceMs: number,
  signals: readonly string[],
): Promise<void> {
  for (const signal of signals) {
    signalGroup(pid, signal);
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
      if (!isAlive(pid)) return;
      await delay(pollMs);
    }
  }
}

function killAll(): void {
  for (const pid of running) signalGroup(pid, "KILL");
}

function isAlive(pid: number): boolean {
  return signalGroup(pid, "0");
}

/** `Deno.kill` is refused to a script that may run a few programs only; `kill` is one of them. */
function signalGroup(pid: number, signal: string): boolean {
  return new Deno.Command("kill", {
    args: ["-s", signal, "--", `-${pid}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync().success;
}
