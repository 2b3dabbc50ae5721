/** Secrets that a container platform mounts as files. */

import { ConfigurationError } from "../errors/error_classes.ts";
import { resolveCallerPath } from "./caller_path.ts";
import type { EnvironmentReader } from "./environment_variable.ts";
import { refusePastedKey } from "./pasted_key.ts";

/**
 * Reads the secret in the file that the environment variable `variable` names, without one
 * newline at its end.
 *
 * @throws ConfigurationError when the variable holds a key itself, and when the file cannot be
 * read, is not UTF-8, or is empty.
 */
export function readSecretFile(variable: string, path: string, env: EnvironmentReader): string {
  refusePastedKey(variable, path);
  const file = resolveCallerPath(path, env);
  const context = { variable, file };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(file));
  } catch (error) {
    const [reason, remedy] = explain(error, file);
    const [shown, rest] = mayBeSecret(path, error)
      ? ["the relative path in it", { context: { variable } }]
      : [`"${file}"`, { context, cause: error }];
    throw new ConfigurationError(
      `Cannot read the secret file of ${variable} as ${shown} ${reason}; ${remedy}`,
      error instanceof Deno.errors.NotCapable ? { code: "PERMISSION_MISSING", ...rest } : rest,
    );
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret !== "") return secret;
  throw new ConfigurationError(
    `Cannot read the secret file of ${variable} as "${file}" is empty; ` +
      `write the secret into it or unset ${variable}`,
    { context },
  );
}

/** What leads to no file may be the secret itself, pasted where its file's path is wanted. */
function mayBeSecret(path: string, error: unknown): boolean {
  const isSaid = error instanceof TypeError || error instanceof Deno.errors.NotCapable;
  return !isSaid && !/^~?\//.test(path);
}

function explain(error: unknown, file: string): [reason: string, remedy: string] {
  if (error instanceof Deno.errors.NotFound) return ["does not exist", "correct the path"];
  if (error instanceof TypeError) return ["is not UTF-8 text", "save it as UTF-8"];
  return error instanceof Deno.errors.NotCapable
    ? ["may not be read by Deno", `run again with --allow-read=${file}`]
    : ["cannot be read", "make it a file that this user may read"];
}
