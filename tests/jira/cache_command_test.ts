import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { JiraCache } from "../../lib/jira/mod.ts";
import { runScript, type ScriptResult } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A home in which `jira-batch cache` finds its cache. */
interface CacheHome extends AsyncDisposable {
  readonly path: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ScriptResult>;
  open(): JiraCache;
}

async function cacheHome(): Promise<CacheHome> {
  const folder = await temporaryFolder("jira-cache-command");
  const path = join(folder.path, ".local/state/opsdeck/jira/cache.sqlite");
  return {
    path,
    run: (args, env = {}) =>
      runScript("jira-batch", ["cache", ...args], {
        env: { HOME: folder.path, ...env },
        cwd: folder.path,
      }),
    open: () => new JiraCache({ path }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function fill(home: CacheHome): void {
  using cache = home.open();
  cache.set("OPS-1", { key: "OPS-1", fields: { summary: "Disk full" } }, "issue", { scope: "me" });
  cache.set("OPS-2", { key: "OPS-2" }, "issue", { ttlMs: 0 });
  cache.set("OTHER-1", { key: "OTHER-1" }, "issue");
  cache.set("OPS", { name: "Operations" }, "project");
  cache.getMany(["OPS-1", "OTHER-1"], "issue");
}

Deno.test("cache stats tells entries, bytes and hit rate, by category too", async () => {
  await using home = await cacheHome();
  const empty = await home.run(["stats"]);
  fill(home);

  const text = await home.run(["stats"], { GLOBAL_JIRA_CACHE_MAX_BYTES: "1000" });
  const json = await home.run(["stats", "--json"]);

  assertEquals([empty.code, empty.stderr], [0, ""]);
  assertEquals(
    empty.stdout,
    "0 entries of 0 bytes, 0.0 % of the size allowed; hit rate - (0 hits, 0 misses)\n",
  );
  assertEquals([text.code, text.stderr], [0, ""]);
  assertEquals(
    text.stdout,
    `4 entries of 123 bytes, 12.3 % of the size allowed; hit rate 50.0 % (1 hit, 1 miss)

category  entries  bytes  hits  misses  hit rate
issue           3     99     1       1    50.0 %
project         1     24     0       0         -
`,
  );
  const document = Object(json.json());
  assertEquals([document.path, document.max_bytes], [home.path, 268_435_456]);
  const { hit_rate, hits, misses, entry_count, total_size_bytes, by_category } = document;
  assertEquals([hit_rate, hits, misses, entry_count, total_size_bytes], [0.5, 1, 1, 4, 123]);
  assertEquals(by_category.issue.entry_count, 3);
});

Deno.test("cache get prints a fresh value, in whatever scope, and does not count as a read", async () => {
  await using home = await cacheHome();
  fill(home);

  const text = await home.run(["get", "OPS-1"]);
  const json = await home.run(["get", "OPS", "--category", "project", "--json"]);

  assertEquals([text.code, text.stderr], [0, ""]);
  assertEquals(JSON.parse(text.stdout), { key: "OPS-1", fields: { summary: "Disk full" } });
  const { value, key, category, scope, is_stale, age_ms, entries } = Object(json.json());
  assertEquals([value, key, category, scope, is_stale, entries], [
    { name: "Operations" },
    "OPS",
    "project",
    "",
    false,
    1,
  ]);
  assert(age_ms >= 0 && age_ms < 600_000);
  using cache = home.open();
  assertEquals(cache.getStats().hits, 1);
});

Deno.test("cache get of a stale or absent key is exit code 1, and --allow-stale shows the stale one", async () => {
  await using home = await cacheHome();
  fill(home);

  const stale = await home.run(["get", "OPS-2"]);
  const allowed = await home.run(["get", "OPS-2", "--allow-stale"]);
  const absent = await home.run(["get", "OPS-3", "--json"]);

  assertEquals([stale.code, stale.stdout], [1, ""]);
  assertEquals(
    stale.stderr,
    'Error: Cannot find "OPS-2" of the category issue: ' +
      "the one that is stored is stale: --allow-stale shows it\n",
  );
  assertEquals([allowed.code, JSON.parse(allowed.stdout)], [0, { key: "OPS-2" }]);
  assertMatch(allowed.stderr, /^Stale: stored .* ago\n$/);
  assertEquals(absent.code, 1);
  assertEquals(Object(absent.json()).context, { key: "OPS-3", category: "issue" });
});

Deno.test("cache invalidate removes what is meant, and with --dry-run only counts it", async () => {
  await using home = await cacheHome();
  fill(home);

  const dry = await home.run(["invalidate", "--pattern", "OPS-*", "--dry-run"]);
  const dryJson = await home.run(["invalidate", "--category", "issue", "--dry-run", "--json"]);
  const done = await home.run(["invalidate", "--pattern", "OPS-*", "--category", "issue"]);
  const key = await home.run(["invalidate", "--key", "OTHER-1", "--json"]);
  const nothing = await home.run(["invalidate"]);

  assertEquals([dry.code, dry.stdout, dry.stderr], [0, "Would remove 2 entries\n", ""]);
  assertEquals(dryJson.json(), { removed: 3, dry_run: true });
  assertEquals([done.code, done.stdout], [0, "Removed 2 entries\n"]);
  assertEquals(key.json(), { removed: 1, dry_run: false });
  assertEquals([nothing.code, nothing.stdout], [1, ""]);
  assertMatch(nothing.stderr, /^Error: Cannot invalidate as nothing says what: [^\n]*\n$/);
  using cache = home.open();
  assertEquals(cache.getStats().entry_count, 1);
});

Deno.test("cache clear empties the cache, and with --dry-run only counts", async () => {
  await using home = await cacheHome();
  fill(home);

  const dry = await home.run(["clear", "--dry-run"]);
  const done = await home.run(["clear", "--json"]);

  assertEquals([dry.code, dry.stdout], [0, "Would remove 4 entries\n"]);
  assertEquals([done.code, done.json()], [0, { removed: 4, dry_run: false }]);
});

Deno.test("a broken cache is exit code 3 of every cache command, and cache repair mends it", async () => {
  await using home = await cacheHome();
  fill(home);
  await Deno.writeTextFile(home.path, "no database at all\n".repeat(500));

  const uses = [["stats"], ["get", "OPS-1"], ["invalidate", "--category", "issue"], ["clear"]];
  const failures = await Promise.all(uses.map((words) => home.run(words)));
  const failedJson = await home.run(["stats", "--json"]);
  const dry = await home.run(["repair", "--dry-run"]);
  const repaired = await home.run(["repair", "--json"]);
  const again = await home.run(["repair"]);

  for (const { code, stdout, stderr } of failures) {
    assertEquals([code, stdout], [3, ""]);
    assertEquals(
      stderr,
      `Error: Cannot use the Jira cache "${home.path}" as it is not a SQLite database; ` +
        "set it aside and start afresh with: jira-batch cache repair\n",
    );
  }
  assertEquals(Object(failedJson.json()).error_type, "CacheDatabaseError");
  assertEquals(dry.code, 0);
  assertStringIncludes(dry.stdout, "is broken: it is not a SQLite database; would set it aside");
  const { status, reason, set_aside, dry_run } = Object(repaired.json());
  assertEquals(
    [repaired.code, status, reason, dry_run],
    [0, "repaired", "it is not a SQLite database", false],
  );
  assertStringIncludes(await Deno.readTextFile(set_aside[0]), "no database at all");
  assertEquals(again.code, 0);
  assertMatch(again.stdout, /is healthy; nothing was changed\n$/);
  assertEquals((await home.run(["stats"])).code, 0);
});

Deno.test("a bad setting of the cache is exit code 2, and all of them are named at once", async () => {
  await using home = await cacheHome();

  const { code, stderr } = await home.run(["stats"], {
    GLOBAL_JIRA_CACHE_TTL_ISSUE: "5 minutes",
    DEVELOPMENT_GLOBAL_JIRA_CACHE_TTL_USER: "-1s",
    GLOBAL_JIRA_CACHE_MAX_BYTES: "1 GB",
  });

  assertEquals(code, 2);
  const names = ["GLOBAL_JIRA_CACHE_TTL_ISSUE", "DEVELOPMENT_GLOBAL_JIRA_CACHE_TTL_USER"];
  for (const name of [...names, "GLOBAL_JIRA_CACHE_MAX_BYTES"]) assertStringIncludes(stderr, name);
  assertEquals(stderr.split("\n").length, 2);
});

Deno.test("cache refuses what its commands do not take", async () => {
  await using home = await cacheHome();
  const cases: [string[], string][] = [
    [[], "cache needs a command; commands are stats, get, invalidate, clear, repair"],
    [["statistics"], 'unknown command "cache statistics"'],
    [["toString"], 'unknown command "cache toString"'],
    [["get"], "cache get needs a KEY"],
    [["get", "A", "B"], 'unexpected argument "B" of cache get'],
    [["clear", "OPS"], 'unexpected argument "OPS" of cache clear'],
    [["stats", "--dry-run"], "cache stats takes no --dry-run"],
    [["clear", "--pattern", "OPS-*"], "cache clear takes no --pattern"],
    [["invalidate", "--key", "A", "--allow-stale"], "cache invalidate takes no --allow-stale"],
  ];

  const results = await Promise.all(cases.map(([words]) => home.run(words)));

  for (const [index, [, words]] of cases.entries()) {
    assertEquals(results[index]?.code, 1);
    assertStringIncludes(results[index]?.stderr ?? "", words);
  }
});

Deno.test("cache --print-permissions prints a line that needs no network and does the job", async () => {
  await using home = await cacheHome();
  fill(home);

  const { code, stdout } = await home.run(["stats", "--print-permissions"]);

  assertEquals(code, 0);
  assertStringIncludes(stdout, "--deny-net ");
  assertStringIncludes(stdout, `--allow-write=${join(home.path, "..")} `);
});
