import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { dirname, fromFileUrl, join } from "@std/path";
import fc from "fast-check";
import { CacheDatabaseError } from "../../lib/core/mod.ts";
import { type JiraCache, repairCache } from "../../lib/jira/mod.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { type CachePlace, cachePlace, inspectFile } from "./cache_file.ts";

const pageBytes = 4096;

/** Puts 300 entries into the cache, over some hundred pages. */
function fill(place: CachePlace): void {
  using cache = place.open();
  const value = { text: "x".repeat(1500) };
  cache.setMany(Array.from({ length: 300 }, (_, index) => [`K-${index}`, value]), "issue");
  cache.get("K-1", "issue");
}

async function namesBeside(place: CachePlace): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(dirname(place.path)));
  return entries.map(({ name }) => name).sort();
}

/** Ways to break a file, and what they are reported as. */
const damages: [string, string, (path: string) => Promise<void>][] = [
  [
    "text",
    "it is not a SQLite database",
    (path) => Deno.writeTextFile(path, "no database at all\n".repeat(1000)),
  ],
  ["a first page of garbage", "it is not a SQLite database", async (path) => {
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.fill(0xa5, 0, pageBytes));
  }],
  ["scribbles behind its header", "it is corrupt", async (path) => {
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.fill(0xa5, 100));
  }],
  ["half of its pages", "it is corrupt", async (path) => {
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, Math.floor(size / 2 / pageBytes) * pageBytes);
  }],
  ["one page", "it is corrupt", (path) => Deno.truncate(path, pageBytes)],
  ["a folder in its place", "it is a folder", async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/note.txt`, "kept");
  }],
  ["tables that are not the cache's", "it is corrupt", (path) => {
    using database = new DatabaseSync(path);
    database.exec("drop table total; drop trigger entry_added");
    return Promise.resolve();
  }],
];

for (const [what, reason, damage] of damages) {
  Deno.test(`a cache with ${what} is exit code 3, and repairCache() sets it aside`, async () => {
    await using place = await cachePlace();
    fill(place);
    await damage(place.path);

    const error = assertThrows(
      () => {
        using cache = place.open();
        for (let index = 0; index < 300; index++) cache.get(`K-${index}`, "issue");
        cache.set("K", 1, "issue");
      },
      CacheDatabaseError,
      place.path,
    );
    const looked = await repairCache(place.path, { dryRun: true });
    const names = await namesBeside(place);
    const repaired = await repairCache(place.path, {
      clock: () => Date.parse("2026-11-21T14:22:11.5Z"),
    });

    assertEquals(error.exitCode, 3);
    assertMatch(error.message, /; set it aside and start afresh with: jira-batch cache repair$/);
    assertEquals([looked.status, looked.set_aside], ["broken", []]);
    assert(looked.reason?.startsWith(reason), looked.reason ?? "");
    const aside = `${place.path}.broken-20261121T142211Z`;
    assertEquals([repaired.status, repaired.reason], ["repaired", looked.reason]);
    assertEquals(repaired.set_aside[0], aside);
    // What was there is still there, under its new name.
    assertEquals((await namesBeside(place)).length, names.length + 1);
    if (what.startsWith("a folder")) {
      assertEquals(await Deno.readTextFile(`${aside}/note.txt`), "kept");
    }
    using cache = place.open();
    assertEquals(cache.getStats().entry_count, 0);
    assertEquals(cache.set("K", 1, "issue"), true);
    assertEquals((await repairCache(place.path)).status, "healthy");
    assertEquals(cache.get("K", "issue"), 1);
  });
}

Deno.test("whatever is scribbled into a cache, all that it throws is CacheDatabaseError, and repair mends it", async () => {
  await using place = await cachePlace();
  fill(place);
  const whole = await Deno.readFile(place.path);
  const scribble = fc.record({
    at: fc.nat(whole.length - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });
  const length = fc.option(fc.nat(whole.length), { nil: whole.length });

  await fc.assert(
    fc.asyncProperty(fc.array(scribble, { maxLength: 4 }), length, async (scribbles, length) => {
      const bytes = whole.slice();
      for (const { at, bytes: noise } of scribbles) {
        bytes.set(noise.subarray(0, bytes.length - at), at);
      }
      for (const name of await namesBeside(place)) {
        await Deno.remove(join(dirname(place.path), name));
      }
      await Deno.writeFile(place.path, bytes.subarray(0, length));
      const uses: ((cache: JiraCache) => unknown)[] = [
        (cache) => cache.getMany(Array.from({ length: 300 }, (_, i) => `K-${i}`), "issue"),
        (cache) => cache.getStats(),
        (cache) => cache.findScopes("K-5", "issue"),
        (cache) => cache.set("K-5", "x".repeat(9000), "issue"),
        (cache) => cache.invalidate({ pattern: "*7" }),
        (cache) => cache.set("K-6", "x".repeat(9000), "issue"),
        (cache) => cache.clear(),
      ];

      for (const use of uses) {
        try {
          using cache = place.open({ maxBytes: 300_000 });
          use(cache);
        } catch (error) {
          assert(error instanceof CacheDatabaseError, String(error));
        }
      }
      try {
        await repairCache(place.path);
      } catch (error) {
        // A scribble in the header may make it look like another program's, or meant for reading.
        assert(error instanceof CacheDatabaseError, String(error));
        const codes = ["CACHE_FOREIGN", "CACHE_VERSION", "CACHE_READ_ONLY"];
        assert(codes.includes(error.code), error.message);
        return;
      }
      using cache = place.open();
      cache.set("K", 1, "issue");
      assertEquals(cache.get("K", "issue"), 1);
    }),
    { numRuns: 30 },
  );
});

Deno.test("repairCache() finds what SQLite does not: changed values and wrong totals", async () => {
  const changes = [
    "update entry set value = 'no json' where key = 'K-7'",
    "update entry set value = '{}' where key = 'K-7'",
    "update total set bytes = bytes + 1",
    "delete from total",
  ];
  for (const change of changes) {
    await using place = await cachePlace();
    fill(place);
    {
      using database = new DatabaseSync(place.path);
      database.exec(change);
    }

    const report = await repairCache(place.path);

    assertEquals(report.status, "repaired", change);
  }
});

Deno.test("a value that is not what was stored is never given out", async () => {
  await using place = await cachePlace();
  fill(place);
  {
    using database = new DatabaseSync(place.path);
    database.exec("update entry set value = '{\"text\":' where key = 'K-7'");
    database.exec("update entry set stored_at = 9223372036854775807 where key = 'K-8'");
  }
  using cache = place.open();

  for (const key of ["K-7", "K-8"]) {
    const error = assertThrows(() => cache.get(key, "issue"), CacheDatabaseError);
    assertEquals(error.code, "CACHE_CORRUPT");
  }
  assertThrows(() => cache.getMany(["K-6", "K-7"], "issue"), CacheDatabaseError);
  assert(cache.get("K-6", "issue") !== null);
});

Deno.test("repairCache() leaves alone what is healthy, absent, or another program's", async () => {
  await using place = await cachePlace();
  assertEquals((await repairCache(place.path)).status, "healthy");
  fill(place);
  const names = await namesBeside(place);
  assertEquals(await repairCache(place.path), {
    path: place.path,
    status: "healthy",
    reason: null,
    set_aside: [],
  });
  assertEquals(inspectFile(place.path).entries, 300);
  assertEquals(await namesBeside(place), names);

  for (const sql of ["create table mine (a text)", "pragma user_version = 2"]) {
    await using other = await cachePlace();
    if (sql.startsWith("create")) await Deno.mkdir(dirname(other.path));
    else fill(other);
    {
      using database = new DatabaseSync(other.path);
      database.exec(sql);
    }

    const error = await assertRejects(() => repairCache(other.path), CacheDatabaseError);

    assert(["CACHE_FOREIGN", "CACHE_VERSION"].includes(error.code), error.code);
    assertEquals(error.exitCode, 3);
    assertThrows(() => other.open(), CacheDatabaseError);
    assertEquals((await namesBeside(other)).filter((name) => name.includes("broken")), []);
  }
});

Deno.test("repairCache() does not take a locked cache for a broken one", async () => {
  await using place = await cachePlace();
  fill(place);
  using holder = new DatabaseSync(place.path);
  holder.exec("pragma locking_mode = exclusive; pragma journal_mode = delete; begin exclusive");

  const error = assertThrows(() => place.open({ busyTimeoutMs: 20 }), CacheDatabaseError);

  assertEquals([error.code, error.exitCode], ["CACHE_LOCKED", 3]);
  assertMatch(error.message, /let that process finish, then try again$/);
  holder.exec("rollback");
});

Deno.test("of repairs at the same time one sets the file aside, and the others find it healthy", async () => {
  await using place = await cachePlace();
  fill(place);
  await Deno.writeTextFile(place.path, "broken");

  const reports = await Promise.all(Array.from({ length: 4 }, () => repairCache(place.path)));

  const { repaired = [], healthy = [] } = Object.groupBy(reports, ({ status }) => status);
  assertEquals([repaired.length, healthy.length], [1, 3]);
  const broken = (await namesBeside(place)).filter((name) => name.includes(".broken-"));
  assertEquals(broken.length, 1);
});

Deno.test("a file that is cut short while the cache is open is an error, and no crash", async () => {
  await using place = await cachePlace();
  fill(place);
  using cache = place.open();
  using other = place.open();
  assert(cache.get("K-1", "issue") !== null);

  await Deno.truncate(place.path, pageBytes);

  const error = assertThrows(() => {
    other.setMany(Array.from({ length: 300 }, (_, index) => [`L-${index}`, index]), "issue");
    for (let index = 0; index < 300; index++) cache.get(`K-${index}`, "issue");
  }, CacheDatabaseError);
  assertEquals(error.exitCode, 3);
});

/** Uses a cache in a process whose files the shell words before it restrict; gives what it said. */
async function useRestricted(
  place: CachePlace,
  restriction: string,
  path = place.path,
): Promise<string> {
  const program = `
    import { JiraCache } from ${JSON.stringify(import.meta.resolve("../../lib/jira/mod.ts"))};
    const value = "x".repeat(100_000);
    try {
      using cache = new JiraCache({ path: Deno.args[0] });
      for (let index = 0; index < 100; index++) cache.set("L-" + index, value, "issue");
      console.log("written");
    } catch (error) {
      console.log(error.name, error.code, error.exitCode, error.message);
    }`;
  const file = join(dirname(place.path), "..", "use.ts");
  await Deno.writeTextFile(file, program);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `${restriction} "$0" run -q -A --config "$1" "$2" "$3"`,
      Deno.execPath(),
      fromFileUrl(new URL("../../deno.json", import.meta.url)),
      file,
      path,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

Deno.test("a full disk is exit code 3, and the cache stays whole", async () => {
  await using place = await cachePlace();
  fill(place);

  // A limit on the size of a file stops the write in the middle, as a full disk does.
  const said = await useRestricted(place, "trap '' XFSZ; ulimit -f 2000; exec");

  assertMatch(said, /^CacheDatabaseError (CACHE_DISK_FULL|CACHE_IO) 3 .*; /);
  const { integrity, entries, bytes, totalEntries, totalBytes } = inspectFile(place.path);
  assertEquals([integrity, totalEntries, totalBytes], ["ok", entries, bytes]);
  assert(Number(entries) >= 300);
});

Deno.test({
  name: "a file and folder that may not be written are exit code 3",
  // Root may write everything unless it gives that right away.
  ...(Deno.uid() === 0 ? optionalTool("setpriv") : {}),
  fn: async () => {
    await using place = await cachePlace();
    fill(place);
    await Deno.chmod(place.path, 0o444);
    await Deno.chmod(dirname(place.path), 0o555);
    const restriction = Deno.uid() === 0
      ? "exec setpriv --bounding-set -dac_override,-dac_read_search"
      : "exec";
    try {
      assertMatch(
        await useRestricted(place, restriction),
        /^CacheDatabaseError CACHE_\w+ 3 .*give this user the right to write/,
      );
      assertMatch(
        await useRestricted(
          place,
          restriction,
          join(dirname(place.path), "deeper", "cache.sqlite"),
        ),
        /^CacheDatabaseError CACHE_CANNOT_OPEN 3 Cannot make the folder of .*; check the owner/,
      );
    } finally {
      await Deno.chmod(dirname(place.path), 0o755);
    }
  },
});
