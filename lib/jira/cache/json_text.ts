/** JSON text that gives back exactly the value it was made from. */

import { ValidationError } from "../../core/errors/mod.ts";

/** What JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [name: string]: JsonValue };

/**
 * Writes a value as JSON text.
 *
 * Stricter than `JSON.stringify`: what that leaves out or changes without a word (undefined, NaN,
 * dates, maps, objects of a class) is refused, since the reader would get another value.
 *
 * @param what names the value in errors, such as `the value of "PROJ-1"`
 * @throws ValidationError that names what JSON cannot hold, and where in the value it is
 */
export function toJsonText(value: unknown, what: string): string {
  const problem = new JsonWalk().problemOf(value);
  if (problem !== undefined) throw refusal(what, problem);
  try {
    return JSON.stringify(value);
  } catch (cause) {
    // Only a text beyond V8's longest is left.
    throw refusal(what, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Deeper than any answer of Jira, and far from the end of the stack. */
const maxDepth = 500;

/** Looks at every part of a value, and knows where it is. */
class JsonWalk {
  readonly #place: (string | number)[] = [];
  readonly #parents: object[] = [];

  problemOf(value: unknown): string | undefined {
    switch (typeof value) {
      case "string":
      case "boolean":
        return undefined;
      case "number":
        return Number.isFinite(value) ? undefined : `the number ${value}${this.#where()}`;
      case "undefined":
        return `undefined${this.#where()}`;
      case "object":
        return value === null ? undefined : this.#problemInside(value);
      default:
        return `a ${typeof value}${this.#where()}`;
    }
  }

  #problemInside(value: object): string | undefined {
    if (this.#parents.includes(value)) return `a value inside itself${this.#where()}`;
    if (this.#parents.length >= maxDepth) return `more than ${maxDepth} levels`;
    if (!Array.isArray(value) && !isPlainObject(value)) {
      return `an object of the class ${value.constructor?.name ?? "unknown"}${this.#where()}`;
    }
    this.#parents.push(value);
    // The iterator of a list gives its holes too, as undefined.
    for (const [name, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      this.#place.push(name);
      const problem = this.problemOf(item);
      if (problem !== undefined) return problem;
      this.#place.pop();
    }
    this.#parents.pop();
    return undefined;
  }

  #where(): string {
    const steps = this.#place.map((step) => JSON.stringify(step));
    return steps.length === 0 ? "" : ` at ${steps.join(".")}`;
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype;
  return isPlain && !("toJSON" in value && typeof value.toJSON === "function");
}

function refusal(what: string, problem: string, cause?: unknown): ValidationError {
  return new ValidationError(
    `Cannot cache ${what} as JSON cannot hold ${problem}; store only what came as JSON`,
    cause === undefined ? {} : { cause },
  );
}
