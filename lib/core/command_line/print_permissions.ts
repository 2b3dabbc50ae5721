/** The exact `deno run` line for a run, as narrow as its configuration and arguments allow. */

import { ConfigurationError } from "../errors/error_classes.ts";
import type { PermissionNeeds } from "./command.ts";

/** What the line is made of. */
export interface PermissionLineOptions {
  /** The script's permission set, which supplies environment and `sys` names. */
  setName: string;
  /** Path of the script's file. */
  scriptPath: string;
  /** What this run needs. */
  needs: PermissionNeeds;
  /** The script's arguments. */
  args: readonly string[];
}

/**
 * Writes the line, quoted for a POSIX shell.
 *
 * @throws ConfigurationError when a path has a comma, which no line can give to Deno
 */
export function permissionLine(
  { setName, scriptPath, needs, args }: PermissionLineOptions,
): string {
  const flags = [
    listFlag("net", needs.net),
    listFlag("read", needs.read),
    listFlag("write", needs.write ?? []),
    listFlag("run", needs.run ?? []),
  ].filter((flag) => flag !== "");
  const words = [
    "deno",
    "run",
    "-q",
    "--no-prompt",
    "--env-file",
    `-P=${setName}`,
    ...flags,
    scriptPath,
    ...args,
  ];
  return words.map(shellQuote).join(" ");
}

// A list flag takes the place of the set's own list; nothing else takes an unscoped one away.
function listFlag(
  kind: "net" | "read" | "write" | "run",
  values: readonly string[] | undefined,
): string {
  if (values === undefined) return "";
  const unique = [...new Set(values)];
  if (unique.length > 0) return `--allow-${kind}=${unique.map(withoutComma).join(",")}`;
  return kind === "net" ? "--deny-net" : "";
}

// Deno 2.9.6 knows no way to write one inside a value.
function withoutComma(value: string): string {
  if (!value.includes(",")) return value;
  throw new ConfigurationError(
    `Cannot give Deno the path "${value}" as a comma ends its lists; rename it`,
    { code: "PERMISSION_PATH", context: { path: value } },
  );
}

/** Quotes a word for a POSIX shell when it needs it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
