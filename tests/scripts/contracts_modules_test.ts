import { assert, assertEquals } from "@std/assert";
import { inParallel } from "../support/in_parallel.ts";
import { scriptPath } from "../support/run_script.ts";
import { projectFolder, scriptNames } from "./all_scripts.ts";

interface ModuleGraph {
  roots: string[];
  modules: { specifier: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  specifier: string;
  isDynamic?: boolean;
  code?: { specifier?: string };
}

/** Everything that is loaded before a script's first line runs. */
function loadedAtStart(graph: ModuleGraph): Set<string> {
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const waiting = [...graph.roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { isDynamic, code } of modules.get(next)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return loaded;
}

Deno.test("a script loads neither driver nor logger nor subject before it knows that it needs them", async () => {
  await inParallel(scriptNames, async (name) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", scriptPath(name)],
      cwd: projectFolder,
    }).output();

    const loaded = [...loadedAtStart(JSON.parse(new TextDecoder().decode(stdout)))];

    assert(loaded.length > 1, name);
    const heavy = loaded.filter((specifier) =>
      /^npm:(?!deno-std@)|node:sqlite|\/lib\/(?!core\/)\w+\//.test(specifier)
    );
    assertEquals(heavy, [], name);
  });
});
