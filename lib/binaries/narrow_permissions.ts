/** A script's permissions for one configuration and one set of arguments. */

import { fromFileUrl } from "@std/path";
import type { PermissionNeeds } from "../core/command_line/mod.ts";
import { callerDirectory, ConfigurationError } from "../core/mod.ts";
import { runProgram } from "./run_program.ts";
import type { ScriptPermissions } from "./script_permissions.ts";

/** What {@link narrowPermissions} narrows. */
export interface NarrowOptions {
  /** The script. */
  name: string;
  /** What it may do in general. */
  permissions: ScriptPermissions;
  /** The arguments that it will be run with. */
  args: readonly string[];
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Asks the script itself, through `--print-permissions`, for the hosts, folders and programs that
 * it needs with these arguments; variables and system information stay as they are.
 *
 * @throws ConfigurationError with what the script said when it cannot tell.
 */
export async function narrowPermissions(
  { name, permissions, args, signal }: NarrowOptions,
): Promise<ScriptPermissions> {
  const script = fromFileUrl(new URL(`../../scripts/${name}.ts`, import.meta.url));
  const lists = (["read", "write"] as const).flatMap((kind) =>
    permissions[kind].length === 0 ? [] : [`--allow-${kind}=${expanded(permissions[kind])}`]
  );
  const { code, stdout, stderr } = await runProgram("deno", [
    "run",
    "-q",
    "--no-prompt",
    "--env-file",
    `-P=${name}`,
    ...lists,
    script,
    ...printFlags(args),
  ], { cwd: callerDirectory(), signal });
  if (code !== 0) {
    throw new ConfigurationError(
      `Cannot narrow "${name}" as it does not tell what it needs (${
        stderr.replace(/^Error: /, "").split("\n").at(-1)
      }); write its arguments after --`,
      { code: "NARROW_FAILED" },
    );
  }
  const { needs }: { needs: PermissionNeeds } = JSON.parse(stdout);
  const unfit = Object.values(needs).flat().find((value) => value.includes(","));
  if (unfit !== undefined) {
    throw new ConfigurationError(
      `Cannot narrow "${name}" as a comma ends Deno's lists and "${unfit}" has one; rename it`,
      { code: "NARROW_FAILED" },
    );
  }
  return {
    ...permissions,
    net: needs.net ?? permissions.net,
    read: needs.read,
    write: needs.write ?? [],
    run: needs.run ?? [],
  };
}

// They stand before a `--` of the script's own.
function printFlags(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.toSpliced(end === -1 ? args.length : end, 0, "--print-permissions", "--json");
}

function expanded(folders: readonly string[]): string {
  return folders.map((folder) =>
    folder.replace(/^\$PWD/, () => callerDirectory())
      .replace(/^\$HOME/, () => Deno.env.get("HOME") ?? "")
  ).join(",");
}
