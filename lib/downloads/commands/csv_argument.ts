/** Naming the CSV as an argument or by its flag. */

import { ValidationError } from "../../core/mod.ts";

/**
 * Gives the one CSV that a command was told of; undefined when it was told of none.
 *
 * @throws ValidationError when it was told of several.
 */
export function csvArgument(
  positionals: readonly string[],
  flag: string | undefined,
): string | undefined {
  const [file = flag, ...others] = flag === undefined ? positionals : [...positionals, flag];
  if (others.length === 0) return file;
  throw new ValidationError("give one CSV", { code: "USAGE" });
}
