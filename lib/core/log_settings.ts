/**
 * How this run wants its log. The logger itself is loaded by what logs: it takes as long to load as
 * a small command takes in all.
 */

import { ConfigManager } from "./config/mod.ts";

/** How a run wants its log. */
export interface LoggingOptions {
  /** Marks every line of this run. */
  runId: string;
  /** Only errors. */
  quiet?: boolean;
  /** Everything, debugging included; wins over the setting. */
  verbose?: boolean;
}

const levels = ["debug", "info", "warning", "error", "fatal"] as const;

/** What the logger is set up with. */
export interface LogSettings {
  runId: string;
  level: typeof levels[number];
  format: "text" | "json";
}

let settings: LogSettings | undefined;
let setUp: ((settings: LogSettings) => void) | undefined;

/**
 * Sends the log of this process to stderr.
 *
 * The level is `LOG_LEVEL` (`debug`, `info`, `warning`, `error`, `fatal`; default `warning`), the
 * form `LOG_FORMAT` (`text` or `json`, one object a line; default `text`). The sink writes before
 * it returns, so that no line is lost when the process ends.
 *
 * @throws ConfigurationError when one of the settings is not one of its words.
 */
export function configureLogging({ runId, quiet, verbose }: LoggingOptions): void {
  const config = new ConfigManager();
  const wanted = config.getVariable("LOG_LEVEL", "warning", { choices: levels });
  const format = config.getVariable("LOG_FORMAT", "text", { choices: ["text", "json"] });
  settings = { runId, level: verbose ? "debug" : quiet ? "error" : wanted, format };
  setUp?.(settings);
}

/** Has the logger set up now, if its settings are known already, and whenever they change. */
export function onLogSettings(listener: (settings: LogSettings) => void): void {
  setUp = listener;
  if (settings !== undefined) listener(settings);
}
