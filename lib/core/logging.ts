/** Structured logging to stderr through LogTape, with secrets redacted. */

import { AsyncLocalStorage } from "node:async_hooks";
import {
  configureSync,
  getJsonLinesFormatter,
  getLogger as getLogTapeLogger,
  type LogRecord,
  withContext,
} from "@logtape/logtape";
import { type LogSettings, onLogSettings } from "./log_settings.ts";
import { redact } from "./secret.ts";
import { singleLine } from "./single_line.ts";
import { writeStderr } from "./terminal.ts";

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

onLogSettings(setUpLogger);

/** Gives the logger of a part of opsdeck, such as `queue`. */
export function getLogger(subject: string): Log {
  return getLogTapeLogger(["opsdeck", subject]);
}

/** Runs a function whose log lines all carry these fields, such as `{ record_id: 7 }`. */
export function withLogContext<T>(fields: Record<string, unknown>, work: () => T): T {
  return withContext(fields, work);
}

function setUpLogger({ runId, level, format }: LogSettings): void {
  const write = format === "json" ? getJsonLinesFormatter({ properties: "flatten" }) : textLine;
  configureSync({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: {
      stderr: (record: LogRecord) =>
        writeStderr(
          redact(write({ ...record, properties: { run_id: runId, ...record.properties } })),
        ),
    },
    loggers: [
      { category: ["opsdeck"], sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
}

/** What comes from elsewhere makes no line of its own, and says nothing to the terminal. */
function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const message = record.message
    .map((part) => typeof part === "string" ? part : Deno.inspect(part))
    .join("");
  const fields = Object.entries(record.properties)
    .map(([name, value]) => ` ${name}=${fieldText(value)}`)
    .join("");
  const subject = record.category.slice(1).join(".");
  // A secret of several lines is found only while it has them.
  return `${singleLine(`${time} ${record.level} ${subject}: ${redact(message)}${fields}`)}\n`;
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return quoted(value.message);
  if (typeof value !== "string") return escapeC1(redact(JSON.stringify(value) ?? String(value)));
  return /[\s"=\p{Cc}]/u.test(value) ? quoted(value) : value;
}

function quoted(text: string): string {
  return escapeC1(JSON.stringify(redact(text)));
}

/** The control characters that JSON leaves as they are. */
function escapeC1(json: string): string {
  return json.replace(
    /[\u007f-\u009f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
