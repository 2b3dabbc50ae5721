/** Making any value fit for JSON. */

import { redact } from "../../secret.ts";
import { errorReason, textField } from "../error_fields.ts";

const maxDepth = 8;

/**
 * Gives a copy of a value that `JSON.stringify` always accepts, with known secrets removed.
 *
 * Dates become ISO texts, large integers texts, maps and sets objects and lists, errors their name
 * and message, bytes a count; undefined, functions and numbers that are not finite become null; a
 * value inside itself becomes `[Circular]`, and what lies deeper than 8 levels `[Nested]`.
 */
export function toJsonSafe(value: unknown): unknown {
  return convert(value, []);
}

function convert(value: unknown, parents: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
      return redact(value.toWellFormed());
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "object":
      return value === null ? null : convertObject(value, parents);
    default:
      return null;
  }
}

function convertObject(value: object, parents: readonly object[]): unknown {
  if (parents.includes(value)) return "[Circular]";
  if (parents.length >= maxDepth) return "[Nested]";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redact(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;

  const inside = [...parents, value];
  if (value instanceof Error) return convertError(value, inside);
  if (value instanceof Map) {
    return fromEntries([...value].map(([key, item]) => [errorReason(key), item]), inside);
  }
  if (value instanceof Set) return [...value].map((item) => convert(item, inside));
  if (Array.isArray(value)) return value.map((item) => convert(item, inside));
  try {
    if ("toJSON" in value && typeof value.toJSON === "function") {
      return convert(value.toJSON(), inside);
    }
    return fromEntries(Object.entries(value), inside);
  } catch (error) {
    return `[${errorReason(error)}]`; // a getter or a proxy that throws
  }
}

function convertError(error: Error, inside: readonly object[]): unknown {
  const code = textField(error, "code");
  return {
    name: error.name,
    message: redact(error.message),
    ...(code === undefined ? {} : { code }),
    ...(error.cause === undefined ? {} : { cause: convert(error.cause, inside) }),
  };
}

function fromEntries(
  entries: readonly (readonly [string, unknown])[],
  inside: readonly object[],
): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([key, item]) => [redact(key.toWellFormed()), convert(item, inside)]),
  );
}
