/**
 * The text of the column `download_errors`: the failed attempts of a row, oldest first.
 *
 * Each attempt is `<type> <attempt> <time> <category> <message>`, and ` | ` stands between two of
 * them: `youtube 2 2026-11-20T22:37:20.000Z NETWORK HTTP Error 503: Service Unavailable`. What
 * somebody else has written there is kept, and counts as no attempt.
 */

import type { DownloadType } from "../download_type.ts";
import type { ErrorCategory } from "../../core/mod.ts";
import { chosenTypes, type DownloadChoice } from "./tracking_columns.ts";

/** One failed attempt. */
export interface FailedAttempt {
  /** What was to be downloaded. */
  download_type: DownloadType;
  /** 1 for the first failure since the row was new or reset. */
  attempt: number;
  /** When it was recorded: ISO 8601, UTC. */
  time: string;
  /** The kind of trouble, one of `ErrorCategory`. */
  category: string;
  /** What went wrong, one line of at most 300 characters. */
  message: string;
}

const separator = " | ";
const maxMessageLength = 300;

/** How many attempts of each kind are kept; their numbers go on all the same. */
const keptAttempts = 10;

const attemptForm = /^(youtube|drive) ([1-9]\d{0,8}) (\S+) ([A-Z_]+) (.+)$/;

/** Reads the attempts that a cell holds, and nothing else of it. */
export function parseErrorHistory(cell: string): FailedAttempt[] {
  return cell.split(separator).flatMap((part) => parseAttempt(part) ?? []);
}

/** Tells how often downloads of a kind have failed, according to a cell. */
export function countAttempts(cell: string, downloadType: DownloadType): number {
  if (cell === "") return 0;
  return parseErrorHistory(cell)
    .filter(({ download_type }) => download_type === downloadType)
    .reduce((most, { attempt }) => Math.max(most, attempt), 0);
}

/** Adds a failed attempt to a cell, with the next number of its kind. */
export function withFailedAttempt(
  cell: string,
  failed: { download_type: DownloadType; time: string; category: ErrorCategory; message: string },
): string {
  const { download_type, time, category } = failed;
  const attempt = countAttempts(cell, download_type) + 1;
  const text = `${download_type} ${attempt} ${time} ${category} ${asMessage(failed.message)}`;
  const parts = partsOf(cell);
  const own = parts.filter((part) => parseAttempt(part)?.download_type === download_type);
  const dropped = new Set(own.slice(0, Math.max(0, own.length + 1 - keptAttempts)));
  return [...parts.filter((part) => !dropped.has(part)), text].join(separator);
}

/** Removes the attempts of a kind from a cell. */
export function withoutAttempts(cell: string, choice: DownloadChoice): string {
  const types = new Set<string | undefined>(chosenTypes(choice));
  const kept = partsOf(cell).filter((part) => !types.has(parseAttempt(part)?.download_type));
  return kept.join(separator);
}

function partsOf(cell: string): string[] {
  return cell === "" ? [] : cell.split(separator);
}

function parseAttempt(part: string): FailedAttempt | undefined {
  const [, type, attempt, time = "", category = "", message = ""] = attemptForm.exec(part) ?? [];
  if (type !== "youtube" && type !== "drive") return undefined;
  return { download_type: type, attempt: Number(attempt), time, category, message };
}

function asMessage(text: string): string {
  // deno-lint-ignore no-control-regex -- a cell of the history is one line
  const line = text.toWellFormed().replace(/[\s\u0000-\u001f\u007f]+/g, " ").replaceAll("|", "/")
    .trim();
  if (line === "") return "no reason was given";
  const characters = [...line];
  if (characters.length <= maxMessageLength) return line;
  return `${characters.slice(0, maxMessageLength - 1).join("").trimEnd()}…`;
}
