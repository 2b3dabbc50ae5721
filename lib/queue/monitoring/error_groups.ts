/** Failed records by their reasons; what differs from record to record is taken out first. */

import type { DatabaseSession } from "../../database/mod.ts";
import { finishedAt } from "./finished_work.ts";
import { type RowSample, sampleParameters, sampleSource } from "./row_sample.ts";
import { percentOf } from "./report_numbers.ts";

/** Failures with one reason. */
export interface ErrorGroup {
  /** The reason, with `…` for numbers, ids and quoted values. */
  pattern: string;
  /** One of the messages as it is, at most 300 characters. */
  example: string;
  /** The record that it is of; `queue failed --before ID` lists those around it. */
  example_record_id: number;
  /** Failures looked at that have this reason. */
  records: number;
  /** Their share of those looked at. */
  percent: number;
  /** The flows they are of, sorted. */
  flows: string[];
}

/** The reasons of the failures in a window. */
export interface ErrorAnalysis {
  /** Failures in the window. */
  failed_records: number;
  /** How many of them were looked at: all, or of a large table a sample and the newest. */
  examined_records: number;
  /** Those looked at that have failed or were orphaned more than once. */
  failed_more_than_once: number;
  /** The commonest reasons, at most 20. */
  error_groups: ErrorGroup[];
}

interface MessageRow extends Record<string, unknown> {
  flow_name: string;
  message: string;
  records: number;
  repeated: number;
  example_record_id: number;
}

const maxGroups = 20;
const newestRecords = 10_000;
const fewFailures = 200;

function messageStatement(source: string): string {
  return `
select
  flow_name,
  coalesce(left(error_message, 300), '') as message,
  count(*) as records,
  count(*) filter (where retry_count > 1) as repeated,
  max(id) as example_record_id
from ${source}
where status = 'failed' and ${finishedAt} >= $1::timestamptz
group by flow_name, message
order by records desc, example_record_id desc
limit 5000`;
}

/**
 * Groups the reasons of records that failed since a moment. Of a large table it looks at a sample,
 * and where that holds few failures also at the newest records.
 */
export async function analyzeErrors(
  session: DatabaseSession,
  since: Date,
  sample: RowSample,
  failedRecords: number,
): Promise<ErrorAnalysis> {
  let rows = failedRecords === 0 ? [] : await session.query<MessageRow>(
    messageStatement(sampleSource(sample, 2)),
    [since, ...sampleParameters(sample)],
  );
  if (sample.places !== null && failedRecords > 0 && sum(rows, "records") < fewFailures) {
    const newest = await session.query<MessageRow>(
      messageStatement(
        `(select * from processing_queue order by id desc limit ${newestRecords}) newest`,
      ),
      [since],
    );
    if (sum(newest, "records") > sum(rows, "records")) rows = newest;
  }
  const examined = sum(rows, "records");
  return {
    failed_records: failedRecords,
    examined_records: examined,
    failed_more_than_once: sum(rows, "repeated"),
    error_groups: groupMessages(rows, examined),
  };
}

/** Takes out of a message what differs from record to record: ids, numbers, quoted values. */
export function errorPattern(message: string): string {
  return message
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, "…")
    .replace(/"[^"]*"|'[^']*'/g, "…")
    .replace(/\b[\w-]*\d[\w.:-]*/g, "…")
    .replace(/\s+/g, " ")
    .trim();
}

function groupMessages(rows: readonly MessageRow[], examined: number): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const row of rows) {
    const pattern = errorPattern(row.message);
    const group = groups.get(pattern);
    if (group === undefined) {
      groups.set(pattern, {
        pattern,
        example: row.message,
        example_record_id: row.example_record_id,
        records: row.records,
        percent: 0,
        flows: [row.flow_name],
      });
    } else {
      group.records += row.records;
      if (!group.flows.includes(row.flow_name)) group.flows.push(row.flow_name);
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.records - a.records)
    .slice(0, maxGroups)
    .map((group) => ({
      ...group,
      percent: percentOf(group.records, examined) ?? 0,
      flows: group.flows.toSorted(),
    }));
}

function sum(rows: readonly MessageRow[], key: "records" | "repeated"): number {
  return rows.reduce((total, row) => total + row[key], 0);
}
