/** What every program under measurement takes and prints. */

import process from "node:process";
import { hotKeysOf } from "./sample_entries.ts";

/** What one way of reading took for each read, in microseconds. */
export interface ReadTiming {
  /** By the clock. */
  us: number;
  /** By the CPU time of the process. */
  cpuUs: number;
}

/** A cache, or a way to read one. */
export interface CacheUnderTest {
  /** Fills an empty cache with so many entries. */
  fill(entries: number): void | Promise<void>;
  /** Ways of reading a value by its key; undefined or null means that it was not there. */
  reads: Record<string, (key: string) => unknown>;
  /** Closes it. */
  close(): void | Promise<void>;
}

/**
 * Runs a program: `fill PATH ENTRIES` fills, `read PATH ENTRIES READS` prints a `ReadTiming` for
 * each way of reading, by its name.
 */
export async function serveCache(
  open: (path: string) => CacheUnderTest | Promise<CacheUnderTest>,
): Promise<void> {
  const [command = "", path = "", entries = "", reads = ""] = Deno.args;
  const cache = await open(path);
  if (command === "fill") {
    await cache.fill(Number(entries));
  } else {
    const timings: Record<string, ReadTiming> = {};
    const keys = hotKeysOf(Number(entries));
    for (const [name, read] of Object.entries(cache.reads)) {
      await readAll(read, keys, keys.length * 5);
      timings[name] = await readAll(read, keys, Number(reads));
    }
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(timings)));
  }
  await cache.close();
}

async function readAll(
  read: (key: string) => unknown,
  keys: readonly string[],
  reads: number,
): Promise<ReadTiming> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let done = 0;
  while (done < reads) {
    for (const key of keys) {
      let value = read(key);
      // Waiting for what is no promise would cost the synchronous ones a turn of the event loop.
      if (value instanceof Promise) value = await value;
      if (value === undefined || value === null) throw new Error(`Cannot measure: ${key} is gone`);
    }
    done += keys.length;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { us: (performance.now() - startedAt) * 1000 / done, cpuUs: (user + system) / done };
}
