import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JiraCache } from "../../lib/jira/mod.ts";
import { type CachePlace, cachePlace, inspectFile } from "./cache_file.ts";
import { CacheModel } from "./cache_model.ts";

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("A", "B", "AB", "A*", "[A]", "?", "a", "é", "🚀") },
  {
    weight: 1,
    arbitrary: fc.string({ minLength: 1, maxLength: 5 }).map((s) => s.replace(/\0/g, "0")),
  },
);
const category = fc.constantFrom("issue", "project");
const scope = fc.constantFrom("", "s");
const value = fc.oneof(
  fc.integer({ min: 0, max: 120 }).map((length) => "v".repeat(length)),
  fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value))),
);
const selection = fc.record({
  key,
  pattern: fc.oneof(
    fc.constantFrom("*", "A*", "?", "[*", "*]", "A?", "[A]", "*🚀"),
    fc.array(fc.constantFrom("A", "B", "*", "?", "[", "]", "é", "🚀"), { maxLength: 4 })
      .map((parts) => parts.join("")),
  ),
  category,
}, { requiredKeys: [] }).filter((selection) => Object.keys(selection).length > 0);

const step = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      key,
      value,
      category,
      scope,
      ttlMs: fc.integer({ min: 0, max: 40 }),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("get" as const),
      key,
      category,
      options: fc.record({ scope, allowStale: fc.boolean(), peek: fc.boolean() }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("invalidate" as const), selection }) },
  { weight: 15, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(15) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);
const clockBack = fc.record({
  do: fc.constant("wait" as const),
  ms: fc.integer({ min: -50, max: -1 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Does the steps with a cache and with the model, and compares after each. */
function compare(place: CachePlace, maxBytes: number, steps: readonly Step[]): void {
  const model = new CacheModel(maxBytes);
  const open = () => place.open({ maxBytes, touchAfterMs: 0 });
  let cache = open();
  try {
    cache.clear();
    for (const step of steps) {
      if (step.do === "reopen") {
        cache.close();
        // Uses in one millisecond have an order within one process only.
        place.clock.now++;
        cache = open();
      } else {
        const [found, wanted] = both(cache, model, step, place.clock);
        assertEquals(found, wanted, JSON.stringify(step));
      }
      const { entry_count, total_size_bytes, hits, misses } = cache.getStats();
      assertEquals(
        [entry_count, total_size_bytes, hits, misses],
        [model.count, model.bytes, model.hits, model.misses],
        JSON.stringify(step),
      );
    }
  } finally {
    cache.close();
  }
}

function both(
  cache: JiraCache,
  model: CacheModel,
  step: Exclude<Step, { do: "reopen" }>,
  clock: { now: number },
): [unknown, unknown] {
  switch (step.do) {
    case "set": {
      const { key, value, category, scope, ttlMs } = step;
      return [
        cache.set(key, value, category, { scope, ttlMs }),
        model.set(key, value, category, scope, clock.now, ttlMs),
      ];
    }
    case "get":
      return [
        cache.get(step.key, step.category, step.options),
        model.get(step.key, step.category, clock.now, step.options),
      ];
    case "invalidate":
      return [cache.invalidate(step.selection), model.invalidate(step.selection)];
    case "clear":
      return [cache.clear(), model.clear()];
    case "wait":
      return [clock.now += step.ms, clock.now];
  }
}

Deno.test("a cache does what its model does: what is fresh, what makes room, what is counted", async () => {
  await using place = await cachePlace();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.array(step, { maxLength: 60, size: "max" }),
      (maxBytes, steps) => compare(place, maxBytes, steps),
    ),
    { numRuns: 150 },
  );
  const { integrity, entries, bytes, totalEntries, totalBytes } = inspectFile(place.path);
  assertEquals([integrity, totalEntries, totalBytes], ["ok", entries, bytes]);
});

Deno.test("a cache does what its model does when the clock goes back and forth", async () => {
  await using place = await cachePlace();
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: clockBack }), {
        maxLength: 60,
        size: "max",
      }),
      (steps) => compare(place, 1_000_000, steps),
    ),
    { numRuns: 75 },
  );
});
