import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { dirname } from "@std/path";
import { CacheDatabaseError, ValidationError } from "../../lib/core/mod.ts";
import { defaultTtlMs, JiraCache } from "../../lib/jira/mod.ts";
import { cachePlace, inspectFile } from "./cache_file.ts";

Deno.test("get() gives back exactly what set() stored, and null for what is not there", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  const values = [
    { key: "PROJ-1", fields: { summary: 'öß "quoted" \u0000 \ud83d\ude80 \u2028', labels: [] } },
    [1, -0.5, 1e300, true, null, ""],
    "text",
    0,
    false,
    JSON.parse('{"__proto__":{"a":1},"toJSON":"a field"}'),
  ];

  for (const [index, value] of values.entries()) cache.set(`K-${index}`, value, "issue");

  for (const [index, value] of values.entries()) {
    assertEquals(JSON.stringify(cache.get(`K-${index}`, "issue")), JSON.stringify(value));
  }
  assertEquals(cache.get("K-99", "issue"), null);
  assertEquals(cache.get("K-0", "project"), null);
});

Deno.test("get() gives each reader a value of its own", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  cache.set("A", { list: [1] }, "issue");

  const first = cache.get("A", "issue");
  if (first !== null && typeof first === "object" && !Array.isArray(first)) first["list"] = [];

  assertEquals(cache.get("A", "issue"), { list: [1] });
});

Deno.test("set() refuses what is not JSON, names it, and leaves the entry as it was", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  cache.set("A", "before", "issue");
  const circle: Record<string, unknown> = {};
  circle["self"] = [circle];
  let deep: unknown = 1;
  for (let level = 0; level < 20_000; level++) deep = [deep];
  const cases: [unknown, string][] = [
    [undefined, "undefined"],
    [{ a: [{ b: undefined }] }, 'undefined at "a".0."b"'],
    [[1, , 2], "undefined at 1"], // deno-lint-ignore no-sparse-arrays
    [10n, "a bigint"],
    [{ n: NaN }, 'the number NaN at "n"'],
    [[Infinity], "the number Infinity at 0"],
    [() => 1, "a function"],
    [Symbol("x"), "a symbol"],
    [new Date(0), "an object of the class Date"],
    [{ when: new Map() }, 'an object of the class Map at "when"'],
    [new Uint8Array(2), "an object of the class Uint8Array"],
    [circle, 'a value inside itself at "self".0'],
    [deep, "more than 500 levels"],
  ];

  for (const [value, words] of cases) {
    const error = assertThrows(() => cache.set("A", value, "issue"), ValidationError, words);
    assertStringIncludes(error.message, 'Cannot cache the value of "A" as JSON cannot hold');
  }

  assertEquals(cache.get("A", "issue"), "before");
  assertThrows(() => cache.setMany([["B", 1], ["C", NaN]], "issue"), ValidationError);
  assertEquals(cache.get("B", "issue"), null);
});

Deno.test("one value may stand at two places of another", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  const shared = { id: 1 };

  cache.set("A", { left: shared, right: [shared] }, "issue");

  assertEquals(cache.get("A", "issue"), { left: { id: 1 }, right: [{ id: 1 }] });
});

Deno.test("keys of any text are kept apart; those that SQLite would change are refused", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  const keys = [
    "*",
    "?",
    "[",
    "[a-z]",
    "]",
    "\\",
    "%",
    "_",
    "'",
    '"',
    "a'; drop table entry; --",
    "ключ",
    "é",
    "e\u0301",
    "🚀",
    " ",
    "a",
    "A",
    "k".repeat(10_000),
    "k".repeat(9_999) + "l",
  ];

  for (const [index, key] of keys.entries()) cache.set(key, index, "issue");

  assertEquals(cache.getStats().entry_count, keys.length);
  for (const [index, key] of keys.entries()) assertEquals(cache.get(key, "issue"), index);
  assertEquals([...cache.getMany(keys, "issue").keys()], keys);
  for (const bad of ["", "a\0b", "\ud800"]) {
    assertThrows(() => cache.set(bad, 1, "issue"), ValidationError, "Cannot use the key");
    assertThrows(() => cache.get(bad, "issue"), ValidationError, "Cannot use the key");
    assertThrows(() => cache.invalidate({ key: bad }), ValidationError, "Cannot use the key");
  }
  assertThrows(() => cache.set("A", 1, "issue", { scope: "\0" }), ValidationError, "the scope");
  for (const key of keys) assertEquals(cache.invalidate({ key }), 1);
  assertEquals(cache.getStats().entry_count, 0);
});

Deno.test("an entry is fresh for its category's time, or for its own", async () => {
  await using place = await cachePlace();
  using cache = place.open({ ttl: { issue: 1000, component: 50 } });
  cache.set("A", 1, "issue");
  cache.set("B", 1, "issue", { ttlMs: 2000 });
  cache.set("C", 1, "issue", { ttlMs: 0 });
  cache.set("D", 1, "component");
  cache.set("E", 1, "field");
  const fresh = () =>
    [["A", "issue"], ["B", "issue"], ["C", "issue"], ["D", "component"], ["E", "field"]]
      .filter(([key = "", category = ""]) => cache.get(key, category) !== null)
      .map(([key]) => key).join("");

  assertEquals(fresh(), "ABDE");
  place.clock.now += 999;
  assertEquals(fresh(), "ABE");
  place.clock.now += 1;
  assertEquals(fresh(), "BE");
  place.clock.now += 1000;
  assertEquals(fresh(), "E");
  place.clock.now += defaultTtlMs.field - 2000;
  assertEquals(fresh(), "");
});

Deno.test("allowStale gives what is past its time, with its age", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  cache.set("A", "old", "issue");
  place.clock.now += 3_600_000;

  assertEquals(cache.get("A", "issue"), null);
  assertEquals(cache.get("A", "issue", { allowStale: true }), "old");
  const entry = cache.getEntry("A", "issue", { allowStale: true });
  assertEquals([entry?.ageMs, entry?.isStale], [3_600_000, true]);
  assertEquals(cache.getMany(["A", "B"], "issue").size, 0);
  const entries = cache.getEntries(["A", "B"], "issue", { allowStale: true });
  assertEquals([...entries].map(([key, { value, ageMs }]) => [key, value, ageMs]), [
    ["A", "old", 3_600_000],
  ]);
});

Deno.test("after the clock was set back no entry outlives its time, and no age is negative", async () => {
  await using place = await cachePlace();
  using cache = place.open({ ttl: { issue: 1000 } });
  cache.set("A", 1, "issue");
  place.clock.now -= 3_600_000;

  assertEquals(cache.get("A", "issue"), null);
  const entry = cache.getEntry("A", "issue", { allowStale: true });
  assertEquals([entry?.ageMs, entry?.isStale], [0, true]);

  cache.set("A", 2, "issue");
  assertEquals(cache.get("A", "issue"), 2);
  place.clock.now += 1000;
  assertEquals(cache.get("A", "issue"), null);
});

Deno.test("after the clock was set back new entries do not go before those never used again", async () => {
  await using place = await cachePlace();
  using cache = place.open({ maxBytes: 1000 });
  const value = "x".repeat(95);
  for (let index = 0; index < 10; index++) cache.set(`old-${index}`, value, "issue");
  place.clock.now -= 86_400_000;

  for (let index = 0; index < 10; index++) {
    place.clock.now += 10;
    cache.set(`new-${index}`, value, "issue");
  }

  const left = Array.from({ length: 10 }, (_, index) => cache.get(`new-${index}`, "issue"));
  assertEquals(left.filter((found) => found !== null).length, 9);
});

Deno.test("entries of one key and different scopes stand beside each other", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  cache.set("PROJ-1", "mine", "issue", { scope: "me" });
  place.clock.now += 1;
  cache.set("PROJ-1", "yours", "issue", { scope: "you" });

  assertEquals(cache.get("PROJ-1", "issue"), null);
  assertEquals(cache.get("PROJ-1", "issue", { scope: "me" }), "mine");
  assertEquals(cache.findScopes("PROJ-1", "issue").map(({ scope }) => scope), ["you", "me"]);
  assertEquals(cache.invalidate({ pattern: "PROJ-*" }), 2);
});

Deno.test("invalidate() removes what meets all conditions, and tells how many", async () => {
  await using place = await cachePlace();
  const fill = (cache: JiraCache) => {
    for (
      const key of ["PROJ-1", "PROJ-2", "PROJ-12", "OTHER-1", "proj-1", "[x]", "x", "*", "a*b"]
    ) {
      cache.set(key, 1, "issue");
      cache.set(key, 1, "project");
    }
  };
  const cases: [Parameters<JiraCache["invalidate"]>[0], number][] = [
    [{ key: "PROJ-1" }, 2],
    [{ key: "PROJ-1", category: "issue" }, 1],
    [{ key: "PROJ-*" }, 0],
    [{ pattern: "PROJ-*" }, 6],
    [{ pattern: "PROJ-*", category: "issue" }, 3],
    [{ pattern: "PROJ-?", category: "issue" }, 2],
    [{ pattern: "PROJ-??" }, 2],
    [{ pattern: "*-1" }, 6],
    [{ pattern: "[x]" }, 2],
    [{ pattern: "?x]" }, 2],
    [{ pattern: "[*" }, 2],
    [{ pattern: "*" }, 18],
    [{ pattern: "**" }, 18],
    [{ pattern: "?" }, 4],
    [{ pattern: "" }, 0],
    [{ pattern: "a*b" }, 2],
    [{ category: "issue" }, 9],
    [{ category: "user" }, 0],
    [{ key: "PROJ-1", pattern: "PROJ-*" }, 2],
    [{ key: "PROJ-1", pattern: "OTHER-*" }, 0],
  ];
  using cache = place.open();
  for (const [selection, removed] of cases) {
    fill(cache);
    const what = JSON.stringify(selection);

    assertEquals(cache.invalidate(selection, { dryRun: true }), removed, what);
    assertEquals(cache.getStats().entry_count, 18, what);
    assertEquals(cache.invalidate(selection), removed, what);
    assertEquals(cache.getStats().entry_count, 18 - removed, what);
  }
});

Deno.test("invalidate() refuses to guess: nothing given, an unknown category, a pattern too long", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  cache.set("A", 1, "issue");

  assertThrows(() => cache.invalidate({}), ValidationError, "nothing says what");
  assertThrows(
    () => cache.invalidate({ category: "isue" }),
    ValidationError,
    'the category "isue" as it must be one of issue, project, user, field, search',
  );
  assertThrows(() => cache.invalidate({ pattern: "[".repeat(20_000) }), ValidationError, "60000");
  assertEquals(cache.invalidate({ pattern: "[".repeat(10_000) }), 0);
  assertEquals(cache.invalidate({ pattern: "*a".repeat(10_000) }), 0);
  assertEquals(cache.getStats().entry_count, 1);
});

Deno.test("set() makes room by removing what was used least recently", async () => {
  await using place = await cachePlace();
  using cache = place.open({ maxBytes: 400, touchAfterMs: 0 });
  const value = "x".repeat(97); // with its quotes and a key of one letter: 100 bytes
  for (const key of "ABCD") cache.set(key, value, "issue");
  assertEquals(cache.getStats().total_size_bytes, 400);

  cache.get("A", "issue");
  cache.get("B", "issue", { peek: true });
  cache.set("E", value, "project");
  cache.set("C", value, "issue");
  cache.set("F", value, "user");

  assertEquals([...cache.getMany("ABCDEF", "issue").keys()].join(""), "AC");
  assertEquals(cache.getStats().total_size_bytes, 400);
});

Deno.test("a use is marked only when the last mark is older than touchAfterMs", async () => {
  await using place = await cachePlace();
  const value = "x".repeat(97);
  using cache = place.open({ maxBytes: 200, touchAfterMs: 60_000 });
  cache.set("A", value, "user");
  cache.set("B", value, "user");

  place.clock.now += 59_999;
  cache.get("A", "user");
  cache.set("C", value, "user");
  assertEquals([...cache.getMany("ABC", "user").keys()].join(""), "BC");

  place.clock.now += 60_000;
  cache.get("B", "user");
  cache.set("D", value, "user");
  assertEquals([...cache.getMany("BCD", "user").keys()].join(""), "BD");
});

Deno.test("an entry larger than the whole cache is not stored, nor is its older value kept", async () => {
  await using place = await cachePlace();
  using cache = place.open({ maxBytes: 1000 });
  cache.set("A", "old", "issue");
  cache.set("B", "stays", "issue");

  assertEquals(cache.set("A", "x".repeat(1000), "issue"), false);
  assertEquals(cache.setMany([["C", 1], ["D", "ö".repeat(500)]], "issue"), 1);

  assertEquals(cache.get("A", "issue"), null);
  assertEquals([...cache.getMany("ABCD", "issue").keys()].join(""), "BC");
  assertEquals(cache.set("A", "x".repeat(997), "issue"), true);
  assertEquals([...cache.getMany("ABCD", "issue").keys()].join(""), "A");
});

Deno.test("getStats() counts hits, misses, entries and bytes by category, across restarts", async () => {
  await using place = await cachePlace();
  {
    using cache = place.open();
    assertEquals(cache.getStats().hit_rate, 0);
    cache.set("A", 1, "issue");
    cache.set("é", 1, "project", { scope: "s" });
    cache.get("A", "issue");
    cache.get("A", "issue");
    cache.get("B", "issue");
    cache.get("A", "issue", { peek: true });
  }
  using cache = place.open();
  cache.getMany(["A", "A", "B"], "issue");
  cache.get("A", "search");

  const { by_category, ...all } = cache.getStats();
  assertEquals(all, {
    hit_rate: 0.5,
    hits: 3,
    misses: 3,
    entry_count: 2,
    total_size_bytes: 6,
  });
  assertEquals(Object.keys(by_category), ["issue", "project", "user", "field", "search"]);
  assertEquals(by_category["issue"], {
    hit_rate: 0.6,
    hits: 3,
    misses: 2,
    entry_count: 1,
    total_size_bytes: 2,
  });
  assertEquals(by_category["project"]?.total_size_bytes, 4);
  assertEquals(by_category["search"]?.misses, 1);
});

Deno.test("counts are written down with every 1000 reads, not only at the end", async () => {
  await using place = await cachePlace();
  using reader = place.open();
  using other = place.open();
  reader.set("A", 1, "issue");

  for (let read = 0; read < 1500; read++) reader.get("A", "issue");

  assertEquals(other.getStats().hits, 1000);
  assertEquals(reader.getStats().hits, 1500);
});

Deno.test("clear() removes entries and counts, and gives the disk its space back", async () => {
  await using place = await cachePlace();
  using cache = place.open();
  const value = "x".repeat(10_000);
  cache.setMany(Array.from({ length: 300 }, (_, index) => [`K-${index}`, value]), "issue");
  cache.get("K-1", "issue");

  assertEquals(cache.clear({ dryRun: true }), 300);
  assertEquals(cache.getStats().entry_count, 300);
  assertEquals(cache.clear(), 300);

  const { entry_count, total_size_bytes, hits } = cache.getStats();
  assertEquals([entry_count, total_size_bytes, hits], [0, 0, 0]);
  assertEquals(cache.clear(), 0);
  cache.set("A", 1, "issue");
  assertEquals(cache.get("A", "issue"), 1);
  cache.close();
  assert((await Deno.stat(place.path)).size < 100_000);
});

Deno.test("JiraCache refuses limits that mean nothing", async () => {
  await using place = await cachePlace();
  for (const maxBytes of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => place.open({ maxBytes }), ValidationError, "maxBytes");
  }
  for (const ms of [-1, NaN, Infinity]) {
    assertThrows(() => place.open({ ttl: { issue: ms } }), ValidationError, '"issue"');
    assertThrows(() => place.open({ touchAfterMs: ms }), ValidationError, "touchAfterMs");
  }
  using cache = place.open();
  assertThrows(() => cache.set("A", 1, "issue", { ttlMs: -1 }), ValidationError, "an entry");
  assertThrows(() => cache.set("A", 1, "isue"), ValidationError, 'category "isue"');
  assertThrows(() => cache.get("A", ""), ValidationError, 'category ""');
});

Deno.test("a closed cache stays closed, and closing twice is nothing", async () => {
  await using place = await cachePlace();
  const cache = place.open();
  cache.close();
  cache.close();

  assertThrows(() => cache.get("A", "issue"), Error);
});

Deno.test("a read waits for no writer, and neither does what it leaves to write down", async () => {
  await using place = await cachePlace();
  using writer = place.open();
  writer.set("A", 1, "issue");
  const busyTimeoutMs = 60_000;
  using reader = place.open({ busyTimeoutMs });

  const startedAt = performance.now();
  await writerIn(place.path, () => {
    for (let read = 0; read < 2500; read++) assertEquals(reader.get("A", "issue"), 1);
  });
  assert(performance.now() - startedAt < busyTimeoutMs);

  assertEquals(reader.getStats().hits, 2500);
  for (let read = 0; read < 1000; read++) reader.get("A", "issue");
  assertEquals(writer.getStats().hits, 3000);
});

/** Does work while the write lock of the file is held. */
async function writerIn(path: string, work: () => void): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  using holder = new DatabaseSync(path);
  holder.exec("begin immediate");
  work();
  holder.exec("rollback");
}

Deno.test("a write that waits too long for another says who is in the way", async () => {
  await using place = await cachePlace();
  using cache = place.open({ busyTimeoutMs: 20 });
  cache.set("A", 1, "issue");

  await writerIn(place.path, () => {
    const error = assertThrows(() => cache.set("A", 2, "issue"), CacheDatabaseError);
    assertEquals([error.code, error.retryable, error.exitCode], ["CACHE_LOCKED", true, 3]);
  });

  assertEquals(cache.get("A", "issue"), 1);
  assertEquals(cache.set("A", 2, "issue"), true);
});

Deno.test("the cache's folder is its user's alone", async () => {
  await using place = await cachePlace();
  place.open().close();

  assertEquals(((await Deno.stat(dirname(place.path))).mode ?? 0) & 0o777, 0o700);
  assertEquals(inspectFile(place.path).integrity, "ok");
});

Deno.test("a cache that others could read is its user's alone once it is opened", async () => {
  await using place = await cachePlace();
  place.open().close();
  await Deno.chmod(place.path, 0o644);

  using cache = place.open();
  cache.set("PROJ-1", 1, "issue");

  for (const end of ["", "-wal", "-shm"]) {
    assertEquals(((await Deno.stat(`${place.path}${end}`)).mode ?? 0) & 0o777, 0o600, end);
  }
});
