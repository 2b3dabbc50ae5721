/** Values as they come back from a run's journal. */

import { ValidationError } from "../../core/mod.ts";

/** Tells whether it is a list of what `isItem` takes. */
export function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Tells whether it is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Tells whether it is a number. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

/** Makes the error for parameters that are not those of the workflow, such as `a refresh`. */
export function foreignParameters(workflow: string): ValidationError {
  return new ValidationError(
    `Cannot resume the run as its journal holds no parameters of ${workflow}; ` +
      "use the version of opsdeck that began it, or start a new run",
  );
}
