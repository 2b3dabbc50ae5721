/** What a build gives. */

import { textTable } from "../core/command_line/mod.ts";

/** One executable. */
export interface BuiltExecutable {
  /** The script. */
  script: string;
  /** The executable's path. */
  path: string;
  /** Its length; null when it was not built. */
  bytes: number | null;
  /** What it is: a launcher with a whole Deno, or the work of `deno compile`. */
  kind: "launcher" | "deno compile";
  /** What is baked in, as flags of Deno. */
  permissions: string[];
}

/** What was built. */
export interface BuildReport {
  /** The executables, in the order of the scripts. */
  executables: BuiltExecutable[];
  /** Where `deno compile` found its runtime; null when it was not used. */
  compile_runtime: string | null;
  /** The home folder whose folders are fixed in the executables of `deno compile`. */
  compile_home: string | null;
  /** Nothing was built. */
  dry_run: boolean;
}

/** Writes a report for a person. */
export function buildText(
  { executables, compile_runtime, compile_home, dry_run }: BuildReport,
): string {
  const table = textTable(
    ["executable", "MB", "made by"],
    executables.map(({ path, bytes, kind }) => [
      path,
      bytes === null ? null : Math.round(bytes / 1e5) / 10,
      kind,
    ]),
  );
  const notes = [
    ...(executables.some(({ kind }) => kind === "launcher")
      ? ["A launcher holds a whole Deno, and unpacks it into a cache folder when it first runs"]
      : []),
    ...(compile_runtime === null ? [] : [
      `deno compile took its runtime from ${compile_runtime}; what it made works for the home ` +
      `folder ${compile_home} (--launcher gives executables for every user)`,
    ]),
    ...(dry_run ? ["Built nothing"] : []),
  ];
  return [table, ...notes].join("\n");
}
