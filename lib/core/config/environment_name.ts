/** The environment that a run belongs to. */

import { ConfigurationError } from "../errors/error_classes.ts";
import {
  type EnvironmentReader,
  nonEmpty,
  readEnvironmentVariable,
} from "./environment_variable.ts";

/** The environments that there are. */
export const environments = ["development", "test", "staging", "production"] as const;

/** One of {@link environments}. */
export type Environment = typeof environments[number];

/**
 * Gives the environment that `ENVIRONMENT` names; `development` when it is not set.
 *
 * @throws ConfigurationError when it names another one.
 */
export function environmentName(env: EnvironmentReader = readEnvironmentVariable): Environment {
  const name = nonEmpty(env, "ENVIRONMENT");
  if (name === undefined) return "development";
  const found = environments.find((environment) => environment === name);
  if (found !== undefined) return found;
  throw new ConfigurationError(
    `Cannot choose the environment as ENVIRONMENT must be development, test, staging or ` +
      `production: it is "${name}"; correct it or unset it to use development`,
    { context: { variable: "ENVIRONMENT", value: name } },
  );
}
