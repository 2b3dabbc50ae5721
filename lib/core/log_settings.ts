/**
 * How this run wants its log. The logger itself is loaded by what logs: it takes as long to load as
 * a small command takes in all.
 */

import { ConfigManager, readSettings } from "./config/mod.ts";

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
const formats = ["text", "json"] as const;

/** What the logger is set up with. */
export interface LogSettings {
  /** Marks every line of this run. */
  runId: string;
  /** What is less is left out. */
  level: "debug" | "info" | "warning" | "error" | "fatal";
  /** Lines for people, or one JSON object a line. */
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
export function configureLogging(
  { runId, quiet, verbose }: LoggingOptions,
  { level: wanted, format } = readLogSettings(),
): void {
  settings = { runId, level: verbose ? "debug" : quiet ? "error" : wanted, format };
  setUp?.(settings);
}

/**
 * Reads `LOG_LEVEL` and `LOG_FORMAT`.
 *
 * @throws ConfigurationError that names every one that is not one of its words.
 */
export function readLogSettings(): Pick<LogSettings, "level" | "format"> {
  const config = new ConfigManager();
  return readSettings({
    level: () => config.getVariable("LOG_LEVEL", defaultLogSettings.level, { choices: levels }),
    format: () => config.getVariable("LOG_FORMAT", defaultLogSettings.format, { choices: formats }),
  });
}

/** How a run logs of which nothing is set. */
export const defaultLogSettings = { level: "warning", format: "text" } as const;

/** Has the logger set up now, if its settings are known already, and whenever they change. */
export function onLogSettings(listener: (settings: LogSettings) => void): void {
  setUp = listener;
  if (settings !== undefined) listener(settings);
}
