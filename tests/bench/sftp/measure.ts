/** Running one program and looking at what it takes. */

import { familyCpuMs } from "../queue/cpu_time.ts";
import type { Invocation } from "./contenders.ts";

/** What one run took. */
export interface Sample {
  /** From its start to its end, in milliseconds. */
  ms: number;
  /** The CPU time of its processes, in milliseconds, up to 20 ms before its end. */
  cpuMs: number;
  /** The most memory that its first process had, in megabytes; NaN where nobody tells. */
  peakMb: number;
}

const pollMs = 20;

/** Runs a program to its end. */
export async function measure(invocation: Invocation, signal: AbortSignal): Promise<Sample> {
  const { command: [program = "", ...args], env = {}, cwd } = invocation;
  const startedAt = performance.now();
  const child = new Deno.Command(program, {
    args,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).spawn();
  let cpuMs = NaN;
  let peakMb = NaN;
  const timer = setInterval(() => {
    cpuMs = cpuTimeMs(child.pid) ?? cpuMs;
    peakMb = peakMemoryMb(child.pid) ?? peakMb;
  }, pollMs);
  const errors = new Response(child.stderr).text();
  const { code } = await child.status;
  const ms = performance.now() - startedAt;
  clearInterval(timer);
  const text = await errors;
  if (code !== 0) throw new Error(`Cannot measure ${program} as it ended with ${code}: ${text}`);
  return { ms, cpuMs, peakMb };
}

function cpuTimeMs(pid: number): number | undefined {
  try {
    const ms = familyCpuMs(pid);
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined; // some process has ended while it was looked at
  }
}

function peakMemoryMb(pid: number): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const match = /VmHWM:\s*(\d+) kB/.exec(status);
    return match === null ? undefined : Number(match[1]) * 1024 / 1e6;
  } catch {
    return undefined; // it has ended, or this is no Linux
  }
}
