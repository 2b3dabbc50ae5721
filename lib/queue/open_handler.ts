/** Opens the handler that a command line names: a file, or a program. */

import { ValidationError } from "../core/mod.ts";
import { openExecHandler } from "./exec_handler.ts";
import { loadHandler } from "./load_handler.ts";
import type { OpenHandler } from "./record_handler.ts";

/** Where a handler is: exactly one of the two. */
export interface HandlerSource {
  /** A TypeScript or JavaScript file whose default export is the handler. */
  handler?: string | undefined;
  /** A command that is started and asked line by line. */
  exec?: string | undefined;
}

/**
 * Opens the handler.
 *
 * @throws ValidationError when neither or both are given, or when the handler cannot be used;
 * ConfigurationError when a Deno permission is missing.
 */
export async function openHandler({ handler, exec }: HandlerSource): Promise<OpenHandler> {
  if ((handler === undefined) === (exec === undefined)) {
    const given = handler === undefined ? "none is given" : "both are given";
    throw new ValidationError(
      `Cannot process records as exactly one of --handler and --exec is needed: ${given}`,
      { code: "USAGE" },
    );
  }
  if (exec !== undefined) return await openExecHandler(exec);
  const handle = await loadHandler(handler ?? "");
  return { handle, [Symbol.asyncDispose]: () => Promise.resolve() };
}
