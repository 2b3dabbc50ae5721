/** What the command line says about which checks are made. */

import { ValidationError } from "../../core/mod.ts";
import { type CheckName, checkNames } from "./check.ts";

/**
 * Reads names of checks, separated by commas or given one by one.
 *
 * @throws ValidationError that names every word that is none
 */
export function parseCheckNames(values: readonly string[]): CheckName[] {
  const words = values.flatMap((value) => value.split(",")).map((word) => word.trim())
    .filter((word) => word !== "");
  const unknown = words.filter((word) => !checkNames.some((name) => name === word));
  if (unknown.length > 0) {
    throw new ValidationError(
      `Cannot check ${unknown.map((word) => `"${word}"`).join(", ")} as there is no such check; ` +
        `checks are ${checkNames.join(", ")}`,
      { code: "USAGE" },
    );
  }
  return checkNames.filter((name) => words.includes(name));
}
