/** The words after the flags of a build: scripts, and what one of them is to be narrowed to. */

import { ValidationError } from "../core/mod.ts";

/**
 * Tells the scripts from the arguments that a narrowed executable holds for, which come after `--`.
 *
 * @param positionals all words that are no flags, in order
 * @param args all arguments, in which the `--` stands
 * @throws ValidationError when there are arguments without `--narrow`, or when not exactly one
 * script is to be narrowed.
 */
export function splitWords(
  positionals: readonly string[],
  args: readonly string[],
  { narrow }: { narrow: boolean },
): { scripts: string[]; narrowTo: string[] | undefined } {
  const end = args.indexOf("--");
  const narrowTo = end === -1 ? [] : args.slice(end + 1);
  const scripts = positionals.slice(0, positionals.length - narrowTo.length);
  if (!narrow && narrowTo.length > 0) {
    throw usage("arguments after -- hold for --narrow, which is not given");
  }
  if (narrow && scripts.length !== 1) {
    throw usage(`--narrow holds for one script's arguments: ${scripts.length} scripts are named`);
  }
  return { scripts, narrowTo: narrow ? narrowTo : undefined };
}

function usage(reason: string): ValidationError {
  return new ValidationError(`Cannot compile as ${reason}`, { code: "USAGE" });
}
