/** Issues as they are printed: NDJSON, one JSON document, or CSV. */

import { stringify } from "@std/csv";
import { ValidationError } from "../../core/mod.ts";
import { isIssue, type IssueResult, type JiraIssue } from "../fetch/jira_issue.ts";
import { fieldText } from "./field_text.ts";

/** The formats of issues. */
export const issueFormats = ["ndjson", "json", "csv"] as const;

/** One of {@link issueFormats}. */
export type IssueFormat = typeof issueFormats[number];

/** Where output goes; a `ScriptContext` is one. */
export interface IssueOutput {
  /** Whether stdout carries JSON alone. */
  json: boolean;
  /** Prints a document. */
  result(value: unknown, text: () => string): void;
  /** Prints lines of a stream. */
  line(value: unknown, text: () => string): void;
}

/** An issue to be printed. */
export interface IssueRow {
  /** The key as it was asked for; null for what a search found. */
  asked: string | null;
  /** The issue, or why there is none. */
  result: IssueResult;
  /** How old it is in milliseconds, when it is past its time. */
  staleMs?: number | undefined;
}

/** Prints issues as they come; `end` prints what is left. */
export interface IssueWriter {
  /** Prints some more. */
  write(rows: readonly IssueRow[]): void;
  /** Prints the end. */
  end(): void;
}

/**
 * Reads the format from the options.
 *
 * @throws ValidationError when `--json` and CSV are asked for together
 */
export function issueFormat(format: string | undefined, json: boolean): IssueFormat {
  const found = issueFormats.find((known) => known === format) ?? "ndjson";
  if (found !== "csv" || !json) return found;
  throw new ValidationError("--json and --format csv contradict each other", { code: "USAGE" });
}

/**
 * Makes a writer. NDJSON and CSV go out as they come; a JSON document needs all issues in memory,
 * and is either whole or not there. It is an object by key for what was asked by key, else a list.
 *
 * @param options.marksStale gives CSV the column `stale_seconds`; the others have it where it is due
 */
export function createIssueWriter(
  format: IssueFormat,
  output: IssueOutput,
  options: { fields: readonly string[]; isByKey: boolean; marksStale?: boolean },
): IssueWriter {
  if (format === "csv") return csvWriter(output, options.fields, options.marksStale ?? false);
  if (format === "ndjson") return ndjsonWriter(output);
  const rows: IssueRow[] = [];
  return {
    write: (more) => void rows.push(...more),
    end() {
      const document = options.isByKey
        ? Object.fromEntries(rows.map((row) => [row.asked ?? "", rowValue(row, false)]))
        : rows.map((row) => rowValue(row, true));
      output.result(document, () => JSON.stringify(document, null, 2));
    },
  };
}

function ndjsonWriter(output: IssueOutput): IssueWriter {
  return {
    write(rows) {
      if (rows.length === 0) return;
      const values = rows.map((row) => rowValue(row, true));
      if (output.json) { for (const value of values) output.line(value, () => ""); }
      else output.line(null, () => values.map((value) => JSON.stringify(value)).join("\n"));
    },
    end: () => {},
  };
}

/** The issue as Jira gave it; one that is missing has the key that was asked for. */
function rowValue({ asked, result, staleMs }: IssueRow, namesKey: boolean): unknown {
  if (!isIssue(result)) return namesKey ? { key: asked, ...result } : result;
  return staleMs === undefined ? result : { ...result, stale_seconds: toSeconds(staleMs) };
}

function toSeconds(ms: number): number {
  return Math.round(ms / 1000);
}

function csvWriter(
  output: IssueOutput,
  fields: readonly string[],
  marksStale: boolean,
): IssueWriter {
  const mark = (text: string) => marksStale ? [text] : [];
  const row = (cells: readonly unknown[]) => stringify([cells]).replace(/\r?\n$/, "");
  const print = (rows: readonly (readonly unknown[])[]) =>
    output.line(null, () => rows.map(row).join("\n"));
  let hasHeader = false;
  const printHeader = () => {
    if (!hasHeader) print([["key", "id", ...fields, ...mark("stale_seconds"), "error"]]);
    hasHeader = true;
  };
  return {
    write(rows) {
      printHeader();
      if (rows.length > 0) {
        print(rows.map((row) => {
          const { staleMs } = row;
          const stale = mark(staleMs === undefined ? "" : String(toSeconds(staleMs)));
          return csvRow(row, fields, stale);
        }));
      }
    },
    end: printHeader,
  };
}

function csvRow(
  { asked, result }: IssueRow,
  fields: readonly string[],
  stale: readonly string[],
): string[] {
  if (!isIssue(result)) {
    return [asked ?? "", "", ...fields.map(() => ""), ...stale, String(result.error)];
  }
  const issue: JiraIssue = result;
  return [
    asked ?? issue.key,
    issue.id,
    ...fields.map((n) => fieldText(issue.fields?.[n])),
    ...stale,
    "",
  ];
}
