/** What a command gets from the script that runs it: output, the stop signal, progress. */

import type { Progress, ProgressOptions } from "./progress.ts";

/** Everything that a command may touch of the outside besides its library. */
export interface ScriptContext {
  /** The script's name. */
  readonly scriptName: string;
  /** Marks every log line of this run. */
  readonly runId: string;
  /** `--json` was given: stdout carries one JSON document and nothing else. */
  readonly json: boolean;
  /** `--quiet` was given. */
  readonly quiet: boolean;
  /** `--verbose` was given. */
  readonly verbose: boolean;
  /** Whether results on stdout may carry colour. */
  readonly color: boolean;
  /** Aborted by the first SIGINT or SIGTERM: take no new work, finish what is in hand. */
  readonly signal: AbortSignal;
  /** What was given without a flag. */
  readonly positionals: readonly string[];
  /**
   * Prints the result: the value as JSON with `--json`, else the text. Where nobody reads stdout any
   * more, it is lost, and the command goes on to its exit code.
   */
  result(value: unknown, text: () => string): void;
  /**
   * Prints one line of a stream: the value as an NDJSON line with `--json`, else the text. Where
   * nobody reads stdout any more, this throws, which ends the work.
   */
  line(value: unknown, text: () => string): void;
  /**
   * Prints a list of any length as it comes, page by page: one JSON array with `--json`, else the
   * text of each page. An array that an error cuts short is left open, so that nobody takes it for
   * the whole.
   */
  list<T>(
    pages: AsyncIterable<readonly T[]>,
    text: (page: readonly T[]) => string,
  ): Promise<void>;
  /** Says something on stderr, unless `--quiet`. */
  note(text: string): void;
  /** Says on stderr what is wrong, `--quiet` or not. */
  warn(text: string): void;
  /** A progress line on stderr, only on a terminal and never with `--quiet`. */
  progress(options: ProgressOptions): Progress;
  /** Gives a last word for stderr when a second signal stops the script at once. */
  onStopAtOnce(lastWord: () => string | undefined): void;
}
