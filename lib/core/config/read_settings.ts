/** Reading several settings so that all problems are told at once. */

import { ConfigurationError } from "../errors/error_classes.ts";

/**
 * Runs every reader and gives their values under the same names.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ConfigManager } from "./config_manager.ts";
 * import { readSettings } from "./read_settings.ts";
 *
 * const config = new ConfigManager("rpa1", { environment: "test", env: () => undefined });
 * const { batchSize, resume } = readSettings({
 *   batchSize: () => config.getVariable("batch_size", 100, { min: 1, max: 10_000 }),
 *   resume: () => config.getVariable("resume", false),
 * });
 * assertEquals([batchSize, resume], [100, false]);
 * ```
 *
 * @throws ConfigurationError when readers threw such errors: one error whose message lists every
 * problem once, and whose `context.problems` has them one by one. Any other error is thrown as it
 * is, at once.
 */
export function readSettings<Readers extends Record<string, () => unknown>>(
  readers: Readers,
): { [Name in keyof Readers]: ReturnType<Readers[Name]> } {
  const errors: ConfigurationError[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    try {
      values[name] = read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw combineProblems(errors);
  // The loop has filled every name with what its reader gave, which no type can follow.
  return values as { [Name in keyof Readers]: ReturnType<Readers[Name]> };
}

/** Makes one error of several; its message lists every problem once. */
export function combineProblems(errors: readonly ConfigurationError[]): ConfigurationError {
  const problems = [...new Set(errors.flatMap(problemsOf))];
  const [first] = errors;
  if (first !== undefined && problems.length === 1) {
    return new ConfigurationError(problems.join(), {
      code: first.code,
      context: { ...first.context, problems },
      cause: first,
    });
  }
  const numbered = problems.map((problem, index) => `(${index + 1}) ${problem}`);
  return new ConfigurationError(`${problems.length} problems: ${numbered.join("; ")}`, {
    context: { problems },
    cause: new AggregateError(errors),
  });
}

/** A reader may have read several settings itself. */
function problemsOf(error: ConfigurationError): string[] {
  const { problems } = error.context;
  return Array.isArray(problems) ? problems.map(String) : [error.message];
}
