/** Where opsdeck keeps its state. */

import { join } from "node:path";
import { ConfigurationError } from "../errors/error_classes.ts";
import { resolveCallerPath } from "./caller_path.ts";
import {
  type EnvironmentReader,
  nonEmpty,
  readEnvironmentVariable,
} from "./environment_variable.ts";

/**
 * Gives the folder of journals, caches, history and the embedded server as an absolute path:
 * `OPSDECK_HOME`, or `.local/state/opsdeck` in the home folder. It need not exist yet.
 *
 * @throws ConfigurationError when neither `OPSDECK_HOME` nor `HOME` is set.
 */
export function opsdeckHome(env: EnvironmentReader = readEnvironmentVariable): string {
  const folder = nonEmpty(env, "OPSDECK_HOME");
  if (folder !== undefined) return resolveCallerPath(folder, env);
  const home = nonEmpty(env, "HOME");
  if (home !== undefined) return join(home, ".local", "state", "opsdeck");
  throw new ConfigurationError(
    "Cannot find the folder for opsdeck's state as neither OPSDECK_HOME nor HOME is set; " +
      "set OPSDECK_HOME to a folder that this user may write",
  );
}
