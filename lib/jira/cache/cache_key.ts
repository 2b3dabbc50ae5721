/** Keys that SQLite keeps apart. */

import { ValidationError } from "../../core/errors/mod.ts";

/** @throws ValidationError when a key is empty, or SQLite would change it or cut it short */
export function checkKey(key: string): void {
  if (key === "") throw new ValidationError("Cannot use the key as it must not be empty");
  checkText(key, "key");
}

/** @throws ValidationError when SQLite would change a scope or cut it short */
export function checkScope(scope: string): void {
  checkText(scope, "scope");
}

/** @throws ValidationError when SQLite would change a pattern or cut it short */
export function checkPattern(pattern: string): void {
  checkText(pattern, "pattern");
}

/** Gives a key as it is shown in a message. */
export function shortKey(key: string): string {
  return key.length <= 80 ? key : `${key.slice(0, 80)}…`;
}

function checkText(text: string, what: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  const problem = text.isWellFormed() ? "a NUL character" : "half of a surrogate pair";
  throw new ValidationError(
    `Cannot use the ${what} ${JSON.stringify(shortKey(text))} as it must not hold ${problem}`,
  );
}

/** Whether texts together are longer than so many bytes of UTF-8. */
export function isLonger(texts: readonly string[], maxBytes: number): boolean {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (units * 3 <= maxBytes) return false;
  const encoder = new TextEncoder();
  return texts.reduce((sum, text) => sum + encoder.encode(text).length, 0) > maxBytes;
}
