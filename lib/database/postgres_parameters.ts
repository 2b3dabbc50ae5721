/** Parameters as the PostgreSQL driver takes them. */

import type postgres from "postgres";
import { ValidationError } from "../core/mod.ts";

type Driver = ReturnType<typeof postgres>;
type DriverParameters = NonNullable<Parameters<Driver["unsafe"]>[1]>;

/** The type number that leaves the choice to the server. */
const serverDecides = 0;

/**
 * Checks and wraps a query's parameters. The driver takes a list's type from its first item, which
 * fails for `jsonb` and for lists of times, so a list's type is left to the server.
 *
 * @throws ValidationError when one is undefined.
 */
export function postgresParameters(
  driver: Driver,
  parameters: readonly unknown[],
): DriverParameters {
  const sent: unknown[] = [];
  for (const [index, parameter] of parameters.entries()) {
    if (parameter === undefined) {
      throw new ValidationError(
        `Cannot run the query as parameter $${index + 1} is undefined; pass null for no value`,
      );
    }
    sent.push(Array.isArray(parameter) ? driver.typed(parameter, serverDecides) : parameter);
  }
  // The driver's type lists what it serializes; what it cannot, it refuses when sending.
  return sent as DriverParameters;
}
