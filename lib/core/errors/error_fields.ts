/** Reading the fields of errors that other libraries throw. */

/** Deeper nesting than any driver builds; it also ends a chain that turns back on itself. */
const maxChainLength = 16;

/**
 * Gives an error and every error underneath it, the outermost first.
 *
 * Drivers keep the inner error in `cause`, in `originalError` (mssql) or in `errors`
 * (`AggregateError`, when every address of a host was tried).
 */
export function errorChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && chain.length < maxChainLength) {
    const next = waiting.shift();
    if (next === undefined || next === null || chain.includes(next)) continue;
    chain.push(next);
    waiting.push(field(next, "originalError"), field(next, "cause"));
    const siblings = field(next, "errors");
    if (Array.isArray(siblings)) waiting.push(...siblings);
  }
  return chain;
}

/** Gives a field of an error when it is a text that is not empty. */
export function textField(error: unknown, name: string): string | undefined {
  const value = field(error, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Gives a field of an error when it is a finite number. */
export function numberField(error: unknown, name: string): number | undefined {
  const value = field(error, name);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Gives what an error says, on one line and without a full stop, so that a sentence can go on. */
export function errorReason(error: unknown): string {
  const text = error instanceof Error
    ? error.message || error.name
    : textField(error, "message") ?? asText(error);
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
}

function field(error: unknown, name: string): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    return Reflect.get(error, name);
  } catch {
    return undefined; // a getter that throws must not hide the error it sits on
  }
}

function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "a value that cannot be printed"; // such as an object without a prototype
  }
}
