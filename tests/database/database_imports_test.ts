import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

interface ModuleGraph {
  modules: {
    specifier: string;
    dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
  }[];
}

/** Lists what is loaded when a module is imported, without what it may import later. */
async function loadedBy(path: string): Promise<string[]> {
  const root = new URL(path, import.meta.url).href;
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", config, root],
    env: { NO_COLOR: "1" },
  }).output();
  const graph: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set([root]);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

const heavy = /postgres_driver|sqlserver_driver|embedded\/|node:sqlite|npm:\/?(postgres|mssql)@/;

Deno.test("lib/database loads no driver, no SQLite and no embedded server when imported", async () => {
  const loaded = await loadedBy("../../lib/database/mod.ts");

  assert(loaded.some((specifier) => specifier.endsWith("database_manager.ts")));
  assertEquals(loaded.filter((specifier) => heavy.test(specifier)), []);
});

Deno.test("lib/database has one file for each driver, which loads that driver", async () => {
  for (const [file, driver] of [["postgres", /npm:\/?postgres@/], ["sqlserver", /npm:\/?mssql@/]]) {
    const loaded = await loadedBy(`../../lib/database/${file}_driver.ts`);
    assertEquals(loaded.filter((specifier) => specifier.match(driver ?? "")).length, 1, `${file}`);
  }
});
