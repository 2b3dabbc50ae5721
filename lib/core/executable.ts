/** Whether opsdeck runs from its repository, or as an executable made by `deno task compile`. */

let baked: readonly string[] | undefined;

/** Notes that this is an executable with these flags of Deno baked in. */
export function runsAsExecutable(flags: readonly string[]): void {
  baked = flags;
}

/** Gives the flags of Deno that are baked in; undefined when this is no executable. */
export function bakedFlags(): readonly string[] | undefined {
  return baked;
}

/**
 * Gives the words by which the user starts another script: the task's from the repository, the
 * executable's beside another executable.
 *
 * ```ts
 * import { howToStart } from "./executable.ts";
 *
 * howToStart("db:start", "database start"); // "deno task db:start"
 * ```
 */
export function howToStart(task: string, executable: string): string {
  return baked === undefined ? `deno task ${task}` : executable;
}
