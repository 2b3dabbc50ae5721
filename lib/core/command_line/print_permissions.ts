/** The exact `deno run` line for a run, as narrow as its configuration and arguments allow. */

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

/** Writes the line, quoted for a POSIX shell. */
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
  if (unique.length > 0) return `--allow-${kind}=${unique.map(escapeComma).join(",")}`;
  return kind === "net" ? "--deny-net" : "";
}

// Deno reads two commas in a list as one comma inside a value.
function escapeComma(value: string): string {
  return value.replaceAll(",", ",,");
}

/** Quotes a word for a POSIX shell when it needs it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
