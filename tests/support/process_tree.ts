/** A server process and all that it started. Linux only, by `/proc`. */

import { startWatchdog, type Watchdog } from "./watchdog.ts";

/** Gives the processes that a process started, and those that they started, and so on. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const found = [pid];
  for (const parent of found) {
    for (const [child, its] of parents) if (its === parent) found.push(child);
  }
  return found.slice(1);
}

/** Sends a signal to processes; those that are gone by now are passed over. */
export function signalAll(pids: readonly number[], signal: Deno.Signal): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  }
}

/** Kills a process and all that it started. */
export function killTree(pid: number): void {
  // It must not start another one meanwhile.
  signalAll([pid], "SIGSTOP");
  signalAll([...descendants(pid), pid], "SIGKILL");
}

/** Kills a process and all that it started when this process ends; let go by `release()`. */
export function watchTree(pid: number): Watchdog {
  return startWatchdog(
    `tree() {
      for status in $(grep -ls "^PPid:.$1\\$" /proc/[0-9]*/status); do
        child=\${status#/proc/}
        tree "\${child%/status}"
      done
      kill -KILL "$1"
    }
    kill -STOP "$1" && tree "$1"`,
    [String(pid)],
  );
}

function parentOf(pid: string): number {
  try {
    // The name in parentheses may hold anything.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0; // gone by now
  }
}
