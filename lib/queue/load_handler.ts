/** Loads a handler from a TypeScript or JavaScript file of the user's. */

import {
  ConfigurationError,
  type OpsdeckError,
  resolveCallerPath,
  ValidationError,
} from "../core/mod.ts";
import { pathToFileURL } from "node:url";
import type { RecordHandler } from "./record_handler.ts";

/**
 * Imports a file, relative to the caller's folder, whose default export is the handler. Needs read
 * permission for the file and its neighbours.
 *
 * @throws ValidationError when there is no such file, when it does not load, or when its default
 * export is not a function; ConfigurationError when it imports what may not be read.
 */
export async function loadHandler(path: string): Promise<RecordHandler> {
  const absolutePath = resolveCallerPath(path);
  await checkFile(path, absolutePath);
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(absolutePath).href);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotLoad(path, error);
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

function cannotLoad(path: string, error: unknown): OpsdeckError {
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const refused = /^Requires read access to "(.+?)"/.exec(reason)?.[1];
  if (refused !== undefined) {
    return new ConfigurationError(
      `Cannot load the handler "${path}" as it imports "${refused}", which may not be read; ` +
        "run it from a folder that holds both, or add it to --allow-read of the line that " +
        "--print-permissions prints",
      { code: "HANDLER_PERMISSION", cause: error },
    );
  }
  // Deno resolves packages by opsdeck's own configuration and frozen lock.
  const why = /lockfile|not a dependency|npm:|jsr:|for package "/.test(reason)
    ? " as it needs packages that opsdeck does not have; run it as a program, through --exec"
    : `: ${reason}`;
  return new ValidationError(`Cannot load the handler "${path}"${why}`, { cause: error });
}

async function checkFile(path: string, absolutePath: string): Promise<void> {
  let isFile: boolean | undefined;
  try {
    ({ isFile } = await Deno.stat(absolutePath));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (isFile) return;
  const reason = isFile === undefined ? "there is no such file" : "it is no file";
  throw new ValidationError(`Cannot load the handler "${path}" as ${reason}; check the path`);
}
