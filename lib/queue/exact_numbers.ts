/** Numbers of a payload as its JSON text says them, also those that JavaScript rounds. */

import { ValidationError } from "../core/mod.ts";
import { exactJsonText } from "../database/mod.ts";
import type { JsonValue, Payload } from "./queue_record.ts";

/** The number that a field of the payload itself holds, as text; a long one digit by digit. */
export function exactNumberOf(payload: Payload, field: string, value: number): string {
  const text = exactJsonText(payload);
  if (text === undefined) return String(value);
  const sources = new Map<unknown, string | undefined>();
  const root = parseNumbers(text, (_value, source, key, holder) => {
    if (key === field) sources.set(holder, source);
  });
  const source = sources.get(root);
  if (source === undefined) {
    throw new ValidationError(
      `the number in its field "${field}" cannot be read exactly; put it in quotes`,
    );
  }
  return isHeldExactly(value, source) ? String(value) : source;
}

/**
 * Finds the first whole number beyond ±(2^53 - 1), which JavaScript rounds, in a value that was
 * read from JSON text. Gives the field that holds it, none when it is an item of a list.
 */
export function findLongInteger(value: JsonValue): { field: string | undefined } | undefined {
  const text = typeof value === "object" && value !== null ? exactJsonText(value) : undefined;
  if (text === undefined) return undefined;
  let found: { field: string | undefined } | undefined;
  parseNumbers(text, (number, source, key, holder) => {
    if (found || Number.isSafeInteger(number) || !/^-?\d+$/.test(source ?? "")) return;
    found = { field: Array.isArray(holder) ? undefined : key };
  });
  return found;
}

function parseNumbers(
  text: string,
  onNumber: (value: number, source: string | undefined, key: string, holder: unknown) => void,
): unknown {
  return JSON.parse(
    text,
    function (this: unknown, key: string, value: unknown, context?: { source?: string }) {
      if (typeof value === "number") onNumber(value, context?.source, key, this);
      return value;
    },
  );
}

// Up to 15 digits always come back from a 64-bit float, short of its smallest and largest ones.
function isHeldExactly(value: number, source: string): boolean {
  const [digits = ""] = source.replace(/[-.]/g, "").split(/e/i);
  if (digits.length > 15 || !Number.isFinite(value)) return false;
  return Math.abs(value) > 1e-300 || /^0+$/.test(digits);
}
