/** Reading environment variables. */

import { ConfigurationError } from "../errors/error_classes.ts";

/** Gives an environment variable's value, or undefined when it is not set. */
export type EnvironmentReader = (name: string) => string | undefined;

/**
 * Gives a variable of this process, or undefined when it is not set.
 *
 * @throws ConfigurationError (`PERMISSION_MISSING`) when Deno may not read it.
 */
export function readEnvironmentVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new ConfigurationError(
      `Cannot read the environment variable "${name}" as Deno may not read it; ` +
        `run again with --allow-env=${name}`,
      { code: "PERMISSION_MISSING", cause: error },
    );
  }
}

/** Gives a variable's value, or undefined when it is not set or empty. */
export function nonEmpty(env: EnvironmentReader, name: string): string | undefined {
  const value = env(name);
  return value === "" ? undefined : value;
}
