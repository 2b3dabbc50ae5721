/** What a script and its commands declare about themselves. */

import type { OptionTable, OptionValues } from "./option_table.ts";
import type { ScriptContext } from "./script_context.ts";

/** What a run needs beyond its permission set, as narrow as the configuration allows. */
export interface PermissionNeeds {
  /** `host:port` of every server that is talked to; undefined when they are not known. */
  net?: string[] | undefined;
  /** Folders and files that are read. */
  read: string[];
  /** Folders and files that are written. */
  write?: string[];
  /** Programs that are started. */
  run?: string[];
}

/** A command: options in, library calls, report out. */
export interface Command<T extends OptionTable> {
  /** What it does, in a line, for the help. */
  summary: string;
  /** What may follow the options, such as `[ID …]`; without it, other words are refused. */
  positionals?: string;
  /** The command's own options; those of every script are added. */
  options: T;
  /** Two examples, each a whole command line after the script's name. */
  examples: readonly string[];
  /** The narrow permissions that `--print-permissions` prints for these words. */
  permissions(options: OptionValues<T>, positionals: readonly string[]): Promise<PermissionNeeds>;
  /** What to do after the line that a refused permission is answered with; by default nothing. */
  afterRefusal?: string;
  /** Does the job and gives the exit code; nothing means 0. */
  run(options: OptionValues<T>, context: ScriptContext): Promise<number | void>;
}

/** A command whose option types are known only inside. */
export type AnyCommand = Command<OptionTable>;

/** A script: either one job (`command`), or a table of commands. */
export interface Script {
  /** The script's name, which is its permission set's and its task's too. */
  name: string;
  /** What it is for, in a line. */
  summary: string;
  /** What its permission set allows and why, one line each. */
  permissions: readonly string[];
  /** The single job of a script without commands. */
  command?: AnyCommand;
  /** The commands by name. */
  commands?: Readonly<Record<string, AnyCommand>>;
  /**
   * Whether it is this script's job to tell what is wrong with the configuration, so that it runs
   * with any. Defaults to false.
   */
  reportsConfiguration?: boolean;
  /** Turns an error into one that says more to this script's user, or gives it back as it is. */
  explain?(error: unknown): Promise<unknown>;
}

/** Ties a command's `run` to the types of its own option table. */
export function defineCommand<T extends OptionTable>(command: Command<T>): AnyCommand {
  // The table that types the values is the one that the parser reads them by.
  return command as unknown as AnyCommand;
}
