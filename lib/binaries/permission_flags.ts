/** Permissions as flags of Deno. */

import { shellQuote } from "../core/command_line/mod.ts";
import { ConfigurationError } from "../core/mod.ts";
import type { ScriptPermissions } from "./script_permissions.ts";

const flagNames = {
  env: "--allow-env",
  deniedEnv: "--deny-env",
  import: "--allow-import",
  net: "--allow-net",
  sys: "--allow-sys",
  read: "--allow-read",
  write: "--allow-write",
  deniedWrite: "--deny-write",
  run: "--allow-run",
} as const satisfies Record<keyof ScriptPermissions, string>;

/** Gives the flags for a person to read, `$PWD` and `$HOME` as they stand. */
export function permissionFlags(permissions: ScriptPermissions): string[] {
  return flagsWith(permissions, (value) => value);
}

/**
 * Gives the flags as words of the launcher, where `od_pwd`, `od_home` and `od_app` are the caller's
 * folder, the home folder and that of the unpacked script, which a handler may import from.
 */
export function shellFlags(permissions: ScriptPermissions): string {
  const withApp = { ...permissions, read: [...permissions.read, "$APP"] };
  return flagsWith(withApp, (value) => {
    const [, variable, rest = value] = /^\$(PWD|HOME|APP)(.*)$/s.exec(value) ?? [];
    const quoted = rest === "" ? "" : shellQuote(rest);
    return variable === undefined ? quoted : `"$od_${variable.toLowerCase()}"${quoted}`;
  }).join(" ");
}

/**
 * Gives the flags for `deno compile`, which expands nothing later on: the caller's folder is what
 * it is at run time, but the home folder is fixed. The executable reads the `.env` itself.
 *
 * @throws ConfigurationError when the home folder has a comma.
 */
export function compileFlags(permissions: ScriptPermissions, home: string): string[] {
  const withEnvFile = { ...permissions, read: [...permissions.read, "$PWD/.env"] };
  return flagsWith(
    withEnvFile,
    (value) => inPlace(value, { PWD: ".", HOME: home }),
  );
}

/**
 * Puts the folders in the place of the `$PWD` or `$HOME` that a value begins with.
 *
 * @throws ConfigurationError when there is a comma in it then, which would end Deno's list.
 */
export function inPlace(value: string, folders: { PWD: string; HOME: string }): string {
  const path = value.replace(/^\$(PWD|HOME)(?=\/|$)/, (_, name: "PWD" | "HOME") => folders[name]);
  if (!path.includes(",")) return path;
  throw new ConfigurationError(
    `Cannot give Deno the path "${path}" as a comma ends its lists; rename it or set another HOME`,
    { code: "PERMISSION_PATH", context: { path } },
  );
}

function flagsWith(permissions: ScriptPermissions, write: (value: string) => string): string[] {
  const flags = ["--ignore-env"];
  for (const [kind, flag] of Object.entries(flagNames)) {
    const values = permissions[kind as keyof ScriptPermissions];
    if (values === true) flags.push(flag);
    else if (values.length > 0) flags.push(`${flag}=${[...new Set(values)].map(write).join(",")}`);
  }
  return flags;
}
