/** How a script says that it failed: one line, the error document with `--json`, the exit code. */

import { redact } from "../secret.ts";
import { toErrorResponse } from "../errors/handling/error_response.ts";
import { ExitCode, OpsdeckError } from "../errors/opsdeck_error.ts";
import { StdoutClosedError, writeStderr, writeStdout } from "../terminal.ts";
import { singleLine } from "../single_line.ts";

/**
 * Reports an error: one line on stderr, with `--json` the error document on stdout, with
 * `--verbose` the stack and its causes. Gives the exit code.
 */
export function reportFailure(
  error: unknown,
  { json, verbose }: { json: boolean; verbose: boolean },
): number {
  const message = error instanceof Error ? error.message : String(error);
  const hint = isUsage(error) ? "; see --help" : "";
  writeStderr(`Error: ${singleLine(redact(message))}${hint}\n`);
  if (verbose) writeStderr(`${redact(stackOf(error))}\n`);
  if (json) {
    try {
      // One line, since it may come after the lines of a stream.
      const context = error instanceof OpsdeckError ? error.context : {};
      writeStdout(JSON.stringify(toErrorResponse(error, context)) + "\n");
    } catch (closed) {
      if (!(closed instanceof StdoutClosedError)) throw closed;
    }
  }
  if (error instanceof Deno.errors.NotCapable) return ExitCode.configuration;
  return error instanceof OpsdeckError ? error.exitCode : ExitCode.failure;
}

function isUsage(error: unknown): boolean {
  return error instanceof OpsdeckError && error.code === "USAGE";
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCaused by: ${stackOf(error.cause)}`;
  return (error.stack ?? `${error.name}: ${error.message}`) + cause;
}
