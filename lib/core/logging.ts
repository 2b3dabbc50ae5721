/** Structured logging to stderr through LogTape, with secrets redacted. */

import { AsyncLocalStorage } from "node:async_hooks";
import {
  configure,
  getJsonLinesFormatter,
  getLogger as getLogTapeLogger,
  type LogLevel,
  type LogRecord,
  withContext,
} from "@logtape/logtape";
import { writeStderr } from "./terminal.ts";
import { ConfigManager } from "./config/mod.ts";
import { redact } from "./secret.ts";

/** Writes to the log. Fields of the message stand as `{name}`; all fields are kept. */
export interface Log {
  /** What helps to find a fault. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** What happens. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** What someone should look at some day. */
  warning(message: string, fields?: Record<string, unknown>): void;
  /** What failed. */
  error(message: string, fields?: Record<string, unknown>): void;
}

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

/**
 * Sends the log of this process to stderr.
 *
 * The level is `LOG_LEVEL` (`debug`, `info`, `warning`, `error`, `fatal`; default `warning`), the
 * form `LOG_FORMAT` (`text` or `json`, one object a line; default `text`). The sink writes before
 * it returns, so that no line is lost when the process ends.
 *
 * @throws ConfigurationError when one of the settings is not one of its words.
 */
export async function configureLogging(options: LoggingOptions): Promise<void> {
  const config = new ConfigManager();
  const wanted = config.getVariable("LOG_LEVEL", "warning", { choices: levels });
  const format = config.getVariable("LOG_FORMAT", "text", { choices: ["text", "json"] });
  const level = options.verbose ? "debug" : options.quiet ? "error" : wanted;
  const write = format === "json" ? getJsonLinesFormatter({ properties: "flatten" }) : textLine;
  await configure({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: {
      stderr: (record: LogRecord) =>
        writeStderr(
          redact(write({ ...record, properties: { run_id: options.runId, ...record.properties } })),
        ),
    },
    loggers: [
      { category: ["opsdeck"], sinks: ["stderr"], lowestLevel: level as LogLevel },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
}

/** Gives the logger of a part of opsdeck, such as `queue`. */
export function getLogger(subject: string): Log {
  return getLogTapeLogger(["opsdeck", subject]);
}

/** Runs a function whose log lines all carry these fields, such as `{ record_id: 7 }`. */
export function withLogContext<T>(fields: Record<string, unknown>, work: () => T): T {
  return withContext(fields, work);
}

function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const message = record.message
    .map((part) => typeof part === "string" ? part : Deno.inspect(part))
    .join("");
  const fields = Object.entries(record.properties)
    .map(([name, value]) => `${name}=${fieldText(value)}`)
    .join(" ");
  const subject = record.category.slice(1).join(".");
  return `${time} ${record.level} ${subject}: ${message}${fields === "" ? "" : ` ${fields}`}\n`;
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  return /[\s"=]/.test(text) && typeof value === "string" ? JSON.stringify(text) : text;
}
