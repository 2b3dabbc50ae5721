/** Loads a handler from a TypeScript or JavaScript file of the user's. */

import { resolveCallerPath, ValidationError } from "../core/mod.ts";
import { toFileUrl } from "@std/path";
import type { RecordHandler } from "./record_handler.ts";

/**
 * Imports a file, relative to the caller's folder, whose default export is the handler. Needs read
 * permission for the file and its neighbours.
 *
 * @throws ValidationError when there is no such file, when it does not load, or when its default
 * export is not a function.
 */
export async function loadHandler(path: string): Promise<RecordHandler> {
  const absolutePath = resolveCallerPath(path);
  await checkFile(path, absolutePath);
  let module: Record<string, unknown>;
  try {
    module = await import(toFileUrl(absolutePath).href);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new ValidationError(`Cannot load the handler "${path}": ${reason}`, { cause: error });
  }
  const handler = module["default"];
  if (typeof handler !== "function") {
    throw new ValidationError(
      `Cannot use "${path}" as a handler as it has no function as its default export; ` +
        "write `export default async (record, context) => result`",
    );
  }
  return (record, context) => handler(record, context);
}

async function checkFile(path: string, absolutePath: string): Promise<void> {
  try {
    if ((await Deno.stat(absolutePath)).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new ValidationError(`Cannot load the handler "${path}" as there is no such file`);
}
