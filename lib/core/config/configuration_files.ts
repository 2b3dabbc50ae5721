/** Which files a configuration may be read from, for the permissions of a run. */

import { join } from "node:path";
import { callerDirectory, resolveCallerPath } from "./caller_path.ts";
import type { ConfigManager } from "./config_manager.ts";
import { nonEmpty, readEnvironmentVariable } from "./environment_variable.ts";
import { refusePastedKey } from "./pasted_key.ts";

/**
 * Gives the configuration file (`OPSDECK_CONFIG`, or `opsdeck.toml` in the caller's folder), and
 * the files that the `<variable>_FILE` of secrets name, as absolute paths.
 *
 * @param secretKeys the keys of the secrets that are read
 * @throws ConfigurationError when one of the variables holds a key and no path
 */
export function configurationFiles(
  config: ConfigManager,
  secretKeys: readonly string[],
): string[] {
  const secretFiles = secretKeys.flatMap((key) => config.candidates(key)).flatMap((variable) => {
    const fileVariable = `${variable}_FILE`;
    const path = nonEmpty(readEnvironmentVariable, fileVariable);
    if (path === undefined) return [];
    refusePastedKey(fileVariable, path);
    return [resolveCallerPath(path)];
  });
  const named = nonEmpty(readEnvironmentVariable, "OPSDECK_CONFIG");
  const file = named === undefined
    ? join(callerDirectory(), "opsdeck.toml")
    : resolveCallerPath(named);
  return [file, ...secretFiles];
}
