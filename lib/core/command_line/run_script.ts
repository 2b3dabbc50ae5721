/** Runs a script: arguments, signals, output, errors and the exit code, the same for all. */

import { ValidationError } from "../errors/error_classes.ts";
import { errorChain } from "../errors/error_fields.ts";
import { ExitCode, OpsdeckError } from "../errors/opsdeck_error.ts";
import type { AnyCommand, PermissionNeeds, Script } from "./command.ts";
import { commonOptions } from "./common_options.ts";
import type { OptionValues } from "./option_table.ts";
import { parseOptions } from "./parse_options.ts";
import { bakedFlags, runsAsExecutable } from "../executable.ts";
import { StdoutClosedError, writeStdout } from "../terminal.ts";

type CommonValues = OptionValues<typeof commonOptions>;

/** What {@link runScript} may be told. */
export interface RunScriptOptions {
  /** The flags of Deno in this executable; without them the script runs from its repository. */
  bakedFlags?: readonly string[];
}

/**
 * Runs a script with the process's arguments and ends the process with its exit code.
 *
 * `scriptUrl` is the script's `import.meta.url`; `--print-permissions` names it.
 */
export async function runScript(
  script: Script,
  scriptUrl: string,
  options: RunScriptOptions = {},
): Promise<never> {
  if (options.bakedFlags !== undefined) runsAsExecutable(options.bakedFlags);
  Deno.exit(await executeScript(script, scriptUrl, Deno.args));
}

/** Does what {@link runScript} does and gives the exit code instead of ending the process. */
export async function executeScript(
  script: Script,
  scriptUrl: string,
  args: readonly string[],
): Promise<number> {
  // Known before the arguments are parsed, since their errors are printed by it too.
  const common = {
    json: isAsked(args, "--json"),
    verbose: isAsked(args, "--verbose", "-v"),
  };
  try {
    const { command, name, rest } = chooseCommand(script, args);
    if (isAsked(rest, "--help", "-h") || (command === undefined && rest.length === 0)) {
      const { helpText } = await import("./help.ts");
      writeStdout(helpText(script, name, command, { width: helpWidth() }));
      return ExitCode.success;
    }
    if (isAsked(rest, "--version")) {
      const { version } = await import("../version.ts");
      writeStdout(`${script.name} ${version}\n`);
      return ExitCode.success;
    }
    if (command === undefined) throw await unknownCommand(script, rest);
    return await runCommand(script, scriptUrl, command, name, rest);
  } catch (error) {
    if (error instanceof StdoutClosedError) return ExitCode.success;
    return await report(error, common);
  }
}

/** As wide as the terminal, but no wider than a text can be read. */
function helpWidth(): number {
  return Deno.stdout.isTerminal() ? Math.min(Deno.consoleSize().columns, 100) : 100;
}

function isAsked(args: readonly string[], ...flags: string[]): boolean {
  return args.slice(0, endOfFlags(args)).some((arg) => flags.includes(arg));
}

function endOfFlags(args: readonly string[]): number {
  const end = args.indexOf("--");
  return end === -1 ? args.length : end;
}

function chooseCommand(
  script: Script,
  args: readonly string[],
): { command?: AnyCommand; name?: string; rest: readonly string[] } {
  if (script.command) return { command: script.command, rest: args };
  // Flags of every script take no value, so they may stand before the command.
  const place = args.findIndex((arg) => !arg.startsWith("-"));
  const name = args[place];
  const command = name === undefined || !Object.hasOwn(script.commands ?? {}, name)
    ? undefined
    : script.commands?.[name];
  return command && name !== undefined
    ? { command, name, rest: args.toSpliced(place, 1) }
    : { rest: args };
}

async function unknownCommand(script: Script, args: readonly string[]): Promise<ValidationError> {
  const { didYouMean } = await import("./parse_options.ts");
  const word = args.find((arg) => !arg.startsWith("-"));
  const known = Object.keys(script.commands ?? {});
  const what = word === undefined
    ? `${script.name} needs a command`
    : `unknown command "${word}"${await didYouMean(word, known)}`;
  return new ValidationError(`${what}; commands are ${known.join(", ")}`, { code: "USAGE" });
}

async function runCommand(
  script: Script,
  scriptUrl: string,
  command: AnyCommand,
  name: string | undefined,
  args: readonly string[],
): Promise<number> {
  const table = { ...command.options, ...commonOptions };
  const { values, positionals } = await parseOptions(table, args);
  if (positionals.length > 0 && command.positionals === undefined) {
    throw new ValidationError(`unexpected argument "${positionals[0]}"`, { code: "USAGE" });
  }
  const { listenForStopSignals } = await import("./stop_signals.ts");
  const { createContext } = await import("./create_context.ts");
  const lastWords: (() => string | undefined)[] = [];
  using stop = listenForStopSignals(() =>
    lastWords.map((word) => word()).filter((word) => word).join("; ")
  );
  const line = async (needs: PermissionNeeds) => {
    const { permissionLine } = await import("./print_permissions.ts");
    const { fromFileUrl } = await import("@std/path");
    return permissionLine({
      setName: script.name,
      scriptPath: fromFileUrl(scriptUrl),
      needs,
      args: [...(name === undefined ? [] : [name]), ...args]
        .filter((arg, index, all) => arg !== "--print-permissions" || index >= endOfFlags(all)),
    });
  };
  const needs = () => command.permissions(values, positionals);
  // commonOptions is part of the table that the values were parsed by.
  const common = values as unknown as CommonValues;
  try {
    const context = createContext({
      script,
      common,
      positionals,
      signal: stop.signal,
      lastWords,
    });
    if (values["printPermissions"] === true) {
      const baked = bakedFlags();
      if (baked !== undefined) context.result({ baked_in: baked }, () => bakedText(baked));
      else {
        const known = await needs();
        const text = await line(known);
        context.result({ command: text, needs: known }, () => text);
      }
      return ExitCode.success;
    }
    const code = await command.run(values, context);
    return stop.exitCode() ?? code ?? ExitCode.success;
  } catch (thrown) {
    const error = firstThrown(thrown);
    const stopCode = stop.exitCode();
    if (error instanceof StdoutClosedError) return stopCode ?? ExitCode.success;
    if (isAbort(error) && stopCode !== undefined) {
      await report(error, common);
      return stopCode;
    }
    if (error instanceof Error && isPermissionMissing(error)) {
      const { withPermissionLine } = await import("./permission_error.ts");
      throw await withPermissionLine(error, needs, line, command.afterRefusal);
    }
    throw await script.explain?.(error) ?? error;
  }
}

function bakedText(flags: readonly string[]): string {
  return ["These permissions are baked into this executable:", ...flags].join("\n  ");
}

async function report(error: unknown, output: { json: boolean; verbose: boolean }) {
  const { reportFailure } = await import("./report_failure.ts");
  return reportFailure(error, output);
}

/** Closing may fail as well, after what made it necessary, and must not hide that. */
function firstThrown(error: unknown): unknown {
  return error instanceof SuppressedError ? firstThrown(error.suppressed) : error;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function isPermissionMissing(error: Error): boolean {
  return errorChain(error).some((link) =>
    link instanceof Deno.errors.NotCapable ||
    (link instanceof OpsdeckError && link.code === "PERMISSION_MISSING")
  );
}
