/** Builds executables of scripts, one file each. */

import { join } from "@std/path";
import { readEnvironmentVariable } from "../core/mod.ts";
import type { BuildReport } from "./build_report.ts";
import { bundleApp } from "./bundle_app.ts";
import { canBeCompiled, compileApp, findCompileRuntime } from "./compile_runtime.ts";
import { narrowPermissions } from "./narrow_permissions.ts";
import { launcherWriter } from "./launcher_writer.ts";
import { permissionFlags } from "./permission_flags.ts";
import { chooseScripts, scriptPermissions } from "./script_permissions.ts";
import { makeWorkFolder } from "./work_folder.ts";

/** What {@link buildExecutables} builds. */
export interface BuildOptions {
  /** The scripts by name; none stand for all. */
  scripts: readonly string[];
  /** The folder of the executables, which is made if need be. */
  out: string;
  /**
   * Bakes in what one script needs with these arguments and this configuration, instead of what it
   * may do in general.
   */
  narrowTo?: readonly string[] | undefined;
  /** Builds launchers even where `deno compile` could do its work. */
  launcherOnly: boolean;
  /** Says what would be built, and builds nothing. */
  dryRun: boolean;
}

/** What a build needs from who asks for it. */
export interface BuildContext {
  /** Ends the build. */
  signal: AbortSignal;
  /** Says what is being done. */
  note(text: string): void;
}

/**
 * Builds executables into a folder. A file that is there already is replaced as a whole, when the
 * new one is complete.
 *
 * @throws ValidationError for a script that is not known, and when more than one is to be narrowed;
 * ConfigurationError when a program is missing or the script cannot tell what it needs;
 * FileOperationError when a program fails, or another build works in the folder for 30 s.
 */
export async function buildExecutables(
  { scripts, out, narrowTo, launcherOnly, dryRun }: BuildOptions,
  { signal, note }: BuildContext,
): Promise<BuildReport> {
  const names = chooseScripts(scripts);
  const home = readEnvironmentVariable("HOME") ?? "";
  const compileRuntime = launcherOnly || !names.some(canBeCompiled)
    ? undefined
    : await findCompileRuntime(signal);
  const plans = await Promise.all(names.map(async (name) => {
    const permissions = scriptPermissions(name);
    return {
      name,
      path: join(out, name),
      isLauncher: compileRuntime === undefined || !canBeCompiled(name),
      permissions: narrowTo === undefined
        ? permissions
        : await narrowPermissions({ name, permissions, args: narrowTo, signal }),
    };
  }));

  const sizes = new Map<string, number>();
  if (!dryRun) {
    await using work = await makeWorkFolder(out, signal);
    note(`Bundling ${names.length === 1 ? names[0] : `${names.length} scripts`}`);
    const app = await bundleApp({
      scripts: new Map(plans.map(({ name, permissions }) => [name, permissionFlags(permissions)])),
      folder: work.path,
      signal,
    });
    const writeLauncher = launcherWriter({ app, folder: work.path, signal, note });
    for (const { name, path, isLauncher, permissions } of plans) {
      if (isLauncher) await writeLauncher(path, { name, permissions });
      else await compileApp(path, { name, app, folder: work.path, permissions, home, signal });
      sizes.set(name, (await Deno.stat(path)).size);
      note(`Built ${path}`);
    }
  }
  const isCompileUsed = plans.some(({ isLauncher }) => !isLauncher);
  return {
    executables: plans.map(({ name, path, isLauncher, permissions }) => ({
      script: name,
      path,
      bytes: sizes.get(name) ?? null,
      kind: isLauncher ? "launcher" : "deno compile",
      permissions: permissionFlags(permissions),
    })),
    compile_runtime: isCompileUsed ? compileRuntime ?? null : null,
    compile_home: isCompileUsed ? home : null,
    dry_run: dryRun,
  };
}
