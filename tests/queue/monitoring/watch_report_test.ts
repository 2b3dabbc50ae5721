import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseConnectionError, ValidationError } from "../../../lib/core/mod.ts";
import { watchInterval, type WatchOptions, watchReport } from "../../../lib/queue/mod.ts";
import { inPlace } from "../../../lib/queue/monitoring/watch_report.ts";

/** Watches a count until it is 3; `failAt` makes that report fail. */
async function watchCount(
  options: Partial<WatchOptions<number>> & { failAt?: number; json?: boolean } = {},
): Promise<{ printed: string[]; troubles: string[] }> {
  const stop = new AbortController();
  const printed: string[] = [];
  const troubles: string[] = [];
  let count = 0;
  await watchReport<number>({
    intervalMs: 100,
    rows: undefined,
    signal: stop.signal,
    read() {
      count++;
      if (count >= 3) stop.abort();
      if (count === options.failAt) throw new DatabaseConnectionError("It is away");
      return Promise.resolve(count);
    },
    text: (report) => `first ${report}\nsecond\nthird`,
    print: (report, text) => printed.push(options.json ? JSON.stringify(report) : text()),
    onTrouble: (error) => troubles.push(error.message),
    ...options,
  });
  return { printed, troubles };
}

Deno.test("watchReport() prints report after report until the signal comes", async () => {
  const { printed } = await watchCount();

  assertEquals(printed, [1, 2, 3].map((count) => `first ${count}\nsecond\nthird\n`));
});

Deno.test("watchReport() shows a report in the place of the one before, cut to the height", async () => {
  const { printed } = await watchCount({ rows: () => 3 });

  assertEquals(printed, [
    inPlace(["first 1", "second"], 0),
    inPlace(["first 2", "second"], 2),
    inPlace(["first 3", "second"], 2),
  ]);
  assertEquals(
    inPlace(["a", "b"], 2),
    "\x1b[?7l\x1b[2Fa\x1b[K\nb\x1b[K\x1b[J\x1b[?7h",
  );
});

Deno.test("watchReport() goes on when the database goes away, but does not begin without it", async () => {
  for (const json of [true, false]) {
    const { printed, troubles } = await watchCount({ failAt: 2, json });
    assertEquals(printed.length, 2);
    assertEquals(troubles, ["It is away"]);
  }

  await assertRejects(() => watchCount({ failAt: 1 }), DatabaseConnectionError, "It is away");
});

Deno.test("watchInterval() refuses an interval that is too short or without --watch", () => {
  assertEquals(watchInterval({ watch: false }), undefined);
  assertEquals(watchInterval({ watch: true }), 2000);
  assertEquals(watchInterval({ watch: true, interval: 500 }), 500);
  assertThrows(() => watchInterval({ watch: true, interval: 0 }), ValidationError, "it is 0 ms");
  assertThrows(() => watchInterval({ watch: false, interval: 500 }), ValidationError, "--watch");
});
