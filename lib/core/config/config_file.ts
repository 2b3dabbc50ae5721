/** Finding and reading the configuration file. */

import { join } from "node:path";
import { ConfigurationError } from "../errors/error_classes.ts";
import { callerDirectory, resolveCallerPath } from "./caller_path.ts";
import {
  type EnvironmentReader,
  nonEmpty,
  readEnvironmentVariable,
} from "./environment_variable.ts";
import { type ConfigFile, parseConfigFile } from "./parse_config_file.ts";

const defaultName = "opsdeck.toml";

/**
 * Reads the file named by `OPSDECK_CONFIG`, or else `opsdeck.toml` in the caller's folder.
 *
 * A missing or unreadable `opsdeck.toml` gives no settings: nobody asked for it.
 *
 * @throws ConfigurationError when the named file cannot be read, or a file is not valid.
 */
export function readConfigFile(env: EnvironmentReader = readEnvironmentVariable): ConfigFile {
  const named = nonEmpty(env, "OPSDECK_CONFIG");
  const label = named ?? defaultName;
  const path = named === undefined
    ? join(callerDirectory(env), defaultName)
    : resolveCallerPath(named, env);
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (named === undefined && isAbsent(error)) return new Map();
    throw unreadable(path, named !== undefined, error);
  }
  return parseConfigFile(decode(bytes, label), label);
}

function decode(bytes: Uint8Array, label: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigurationError(
      `Cannot read the configuration as "${label}" is not UTF-8 text; save the file as UTF-8`,
      { context: { file: label }, cause: error },
    );
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
}

function unreadable(path: string, named: boolean, error: unknown): ConfigurationError {
  const context = { file: path };
  if (error instanceof Deno.errors.NotCapable) {
    return new ConfigurationError(
      `Cannot read the configuration as Deno may not read "${path}"; ` +
        `run again with --allow-read=${path}`,
      { code: "PERMISSION_MISSING", context, cause: error },
    );
  }
  const reason = error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
  const remedy = named ? "correct OPSDECK_CONFIG or unset it" : "make it readable or remove it";
  return new ConfigurationError(
    `Cannot read the configuration as "${path}" ${reason}; ${remedy}`,
    { context, cause: error },
  );
}
