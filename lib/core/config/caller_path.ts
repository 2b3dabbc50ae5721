/** Paths as the person who started the script means them. */

import { resolve } from "node:path";
import { ConfigurationError } from "../errors/error_classes.ts";
import {
  type EnvironmentReader,
  nonEmpty,
  readEnvironmentVariable,
} from "./environment_variable.ts";
import { refusePastedKey } from "./pasted_key.ts";

/**
 * Gives the folder from which the script was started, as an absolute path.
 *
 * `deno task` moves to the project's folder and leaves the caller's in `INIT_CWD`; without that
 * variable it is the working directory.
 *
 * @throws ConfigurationError when there is no working directory any more.
 */
export function callerDirectory(env: EnvironmentReader = readEnvironmentVariable): string {
  const initial = nonEmpty(env, "INIT_CWD");
  if (initial !== undefined) return resolve(initial);
  try {
    return Deno.cwd();
  } catch (error) {
    throw new ConfigurationError(
      "Cannot find the working directory as it was removed or may not be read; " +
        "change to an existing folder and run again",
      { cause: error },
    );
  }
}

/**
 * Gives the absolute path that the caller means: a relative one starts at
 * {@link callerDirectory}, and `~/` is the home folder (`HOME`).
 *
 * @throws ConfigurationError when the path starts with `~/` and `HOME` is not set, and when it is
 * the text of a key.
 */
export function resolveCallerPath(
  path: string,
  env: EnvironmentReader = readEnvironmentVariable,
): string {
  refusePastedKey("a path", path);
  if (path !== "~" && !path.startsWith("~/")) return resolve(callerDirectory(env), path);
  const home = nonEmpty(env, "HOME");
  if (home === undefined) {
    throw new ConfigurationError(
      `Cannot resolve the path "${path}" as HOME is not set; set HOME or give an absolute path`,
    );
  }
  return resolve(home, path.slice(2));
}
