/** Makes the context that a command runs in, and sets logging up for it. */

import { ConfigurationError } from "../errors/error_classes.ts";
import { configureLogging, defaultLogSettings, type LoggingOptions } from "../log_settings.ts";
import type { Script } from "./command.ts";
import { createProgress } from "./progress.ts";
import type { ScriptContext } from "./script_context.ts";
import { StdoutClosedError, writeStderr, writeStdout } from "../terminal.ts";

/** What {@link createContext} is made from. */
export interface ContextParts {
  /** The script that runs. */
  script: Script;
  /** The options that every script has. */
  common: { json: boolean; quiet: boolean; verbose: boolean };
  /** What was given without a flag. */
  positionals: readonly string[];
  /** Aborted by the first stop signal. */
  signal: AbortSignal;
  /** Where the command's last words are kept. */
  lastWords: (() => string | undefined)[];
}

/**
 * Makes the context.
 *
 * @throws ConfigurationError when LOG_LEVEL or LOG_FORMAT is not one of its words.
 */
export function createContext(parts: ContextParts): ScriptContext {
  const { json, quiet, verbose } = parts.common;
  const runId = crypto.randomUUID().slice(0, 8);
  setLoggingUp({ runId, quiet, verbose }, parts.script);
  const isProgressShown = !quiet && Deno.stderr.isTerminal();

  return {
    scriptName: parts.script.name,
    runId,
    json,
    quiet,
    verbose,
    color: !json && !Deno.noColor && Deno.stdout.isTerminal(),
    signal: parts.signal,
    positionals: parts.positionals,
    result(value, text) {
      const document = json ? JSON.stringify(value, null, 2) : text();
      try {
        writeStdout(document + "\n");
      } catch (error) {
        // The work is done, and how it went is for the exit code to say.
        if (!(error instanceof StdoutClosedError)) throw error;
      }
    },
    line(value, text) {
      writeStdout((json ? JSON.stringify(value) : text()) + "\n");
    },
    async list(pages, text) {
      let opening = "[";
      for await (const page of pages) {
        if (page.length === 0) continue;
        const lines = () => page.map((item) => `\n  ${JSON.stringify(item)}`).join(",");
        writeStdout(json ? opening + lines() : text(page) + "\n");
        opening = ",";
      }
      if (json) writeStdout(opening === "[" ? "[]\n" : "\n]\n");
    },
    note(text) {
      if (!quiet) writeStderr(`${text}\n`);
    },
    warn(text) {
      writeStderr(`Warning: ${text}\n`);
    },
    progress: (options) => createProgress(options, isProgressShown),
    onStopAtOnce(lastWord) {
      parts.lastWords.push(lastWord);
    },
  };
}

function setLoggingUp(options: LoggingOptions, { reportsConfiguration = false }: Script): void {
  try {
    configureLogging(options);
  } catch (error) {
    if (!reportsConfiguration || !(error instanceof ConfigurationError)) throw error;
    configureLogging(options, defaultLogSettings);
  }
}
