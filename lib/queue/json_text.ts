/** JSON text that `jsonb` can hold without losing anything. */

import { ValidationError } from "../core/mod.ts";
import { findRefusedByJsonb } from "./jsonb_limits.ts";
import { maxPayloadBytes, type Payload } from "./queue_record.ts";

const encoder = new TextEncoder();

/**
 * Writes a value as JSON text for a `jsonb` column; undefined becomes null.
 *
 * `what` names the value in errors, such as `the result of record 7`.
 *
 * @throws ValidationError when JSON cannot hold the value whole (bigint, function, symbol, NaN,
 * Map, Set, circular), when `jsonb` refuses it (NUL characters, lone surrogates, more than 1,000
 * levels), or when it is larger than {@link maxPayloadBytes}.
 */
export function toJsonText(value: unknown, what: string): string {
  if (value === undefined || value === null) return "null";
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    const reason = firstBigint(value, new Set()) ?? "a circle";
    throw new ValidationError(`Cannot store ${what} as JSON cannot hold ${reason}`, { cause });
  }
  // Only now, as the text shows that the value has no circle to walk in.
  const reason = findUnholdable(value, "");
  if (reason) throw new ValidationError(`Cannot store ${what} as JSON cannot hold ${reason}`);
  if (text === undefined) throw new ValidationError(`Cannot store ${what} as JSON cannot hold it`);
  const problem = jsonbProblem(text);
  if (problem) throw new ValidationError(`Cannot store ${what} as ${problem}`);
  return text;
}

/** Finds what JSON leaves out or changes without a word. */
function findUnholdable(item: unknown, key: string): string | undefined {
  const place = key === "" ? "" : ` in "${key}"`;
  switch (typeof item) {
    case "function":
      return `a function${place}`;
    case "symbol":
      return `a symbol${place}`;
    case "number":
      return Number.isFinite(item) ? undefined : `the number ${item}${place}`;
    case "object":
      break;
    default:
      return undefined;
  }
  if (item === null || ("toJSON" in item && typeof item.toJSON === "function")) return undefined;
  if (item instanceof Map) return `a Map${place}`;
  if (item instanceof Set) return `a Set${place}`;
  // Not Object.entries(), which costs as much as writing the JSON.
  for (const name of Object.keys(item)) {
    const inner: unknown = Reflect.get(item, name);
    // Most of what is stored is text, which needs no look.
    const reason = typeof inner === "string" ? undefined : findUnholdable(inner, name);
    if (reason) return reason;
  }
  return undefined;
}

function firstBigint(item: unknown, seen: Set<unknown>, key = ""): string | undefined {
  if (typeof item === "bigint") return key === "" ? "a bigint" : `a bigint in "${key}"`;
  if (typeof item !== "object" || item === null || seen.has(item)) return undefined;
  seen.add(item);
  for (const [name, inner] of Object.entries(item)) {
    const reason = firstBigint(inner, seen, name);
    if (reason) return reason;
  }
  return undefined;
}

/**
 * Says why PostgreSQL's `jsonb` would refuse a valid JSON text, or why it is over the size limit;
 * undefined when it is fine.
 */
export function jsonbProblem(text: string): string | undefined {
  // Three bytes is the most that one UTF-16 unit takes in UTF-8.
  if (text.length * 3 > maxPayloadBytes) {
    const bytes = encoder.encode(text).length;
    if (bytes > maxPayloadBytes) {
      return `it is ${bytes} bytes of JSON and the limit is ${maxPayloadBytes}`;
    }
  }
  return findRefusedByJsonb(text);
}

/** Whether a parsed JSON value can be a payload: an object, not a list or a plain value. */
export function isPayload(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
