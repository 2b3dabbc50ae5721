/** The command-line kit: what every script is built from. */

export {
  type AnyCommand,
  type Command,
  defineCommand,
  type PermissionNeeds,
  type Script,
} from "./command.ts";
export { askBefore, type AskOptions, canAsk } from "./confirm.ts";
export { durationArgument, formatDuration, parseDurationMs } from "./duration.ts";
export type * from "./option_table.ts";
export { type ParsedOptions, parseOptions } from "./parse_options.ts";
export { permissionLine, type PermissionLineOptions, shellQuote } from "./print_permissions.ts";
export { createProgress, type Progress, type ProgressOptions } from "./progress.ts";
export { howToStart } from "../executable.ts";
export { countOf, formatCount } from "./quantity.ts";
export { executeScript, runScript, type RunScriptOptions } from "./run_script.ts";
export type { ScriptContext } from "./script_context.ts";
export { singleLine } from "../single_line.ts";
export { type Cell, textTable } from "./text_table.ts";
