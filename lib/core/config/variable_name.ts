/** The one spelling under which a setting is looked for, in the environment and in the file. */

/**
 * Joins the parts of a setting's name as an environment variable spells it: upper-case, and every
 * character that is neither letter nor digit as `_`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { variableName } from "./variable_name.ts";
 *
 * assertEquals(variableName("test", "rpa1", "batch-size"), "TEST_RPA1_BATCH_SIZE");
 * ```
 */
export function variableName(...parts: string[]): string {
  const name = parts.join("_").toUpperCase();
  // Nearly every name is ASCII, and the classes of Unicode take some milliseconds to compile.
  const isAscii = /^[ -~]*$/.test(name);
  return isAscii ? name.replace(/[^A-Z0-9]/g, "_") : name.replace(/[^\p{L}\p{N}]/gu, "_");
}
