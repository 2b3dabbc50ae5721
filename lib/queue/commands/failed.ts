/** `queue failed`: the failed records and their reasons, page by page. */

import {
  type ScriptContext,
  shellQuote,
  singleLine,
  textTable,
} from "../../core/command_line/mod.ts";
import { exactJsonText } from "../../database/mod.ts";
import { checkFlowIsKnown } from "../known_flow.ts";
import { type FailedRecord, readFailedRecords } from "../queue_status.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runFailed} is told. */
export interface FailedCommandOptions {
  /** Only this flow. */
  flow?: string | undefined;
  /** Records at most. */
  limit: number;
  /** Only records before this id. */
  before?: number | undefined;
}

/**
 * Lists failed records, newest first.
 *
 * @throws ValidationError for a flow without records; DatabaseConnectionError.
 */
export async function runFailed(
  { flow, limit, before }: FailedCommandOptions,
  context: ScriptContext,
): Promise<void> {
  await using database = openCommandDatabase("failed", context, flow);
  if (flow !== undefined) await checkFlowIsKnown(database, flow);
  const records = await readFailedRecords(database, {
    limit,
    ...(flow === undefined ? {} : { flowName: flow }),
    ...(before === undefined ? {} : { beforeId: before }),
  });
  context.result(records, () => failedText(records, { flow, limit, before }));
}

/** Writes a page of failed records with their reasons, and how to get the next one. */
export function failedText(
  failed: readonly FailedRecord[],
  page: FailedCommandOptions,
): string {
  if (failed.length === 0) {
    return page.before === undefined ? "No record has failed" : "No more records have failed";
  }
  const rows = failed.map((record) => [
    String(record.id),
    record.flow_name,
    record.retry_count,
    record.updated_at.toISOString().slice(0, 19).replace("T", " "),
    shortened(record.error_message ?? "", 80),
    shortened(exactJsonText(record.payload) ?? JSON.stringify(record.payload), 60),
  ]);
  const table = textTable(["id", "flow", "tries", "failed at (UTC)", "reason", "payload"], rows);
  const last = failed.at(-1);
  if (failed.length < page.limit || last === undefined) return table;
  const flow = page.flow === undefined ? "" : `--flow ${shellQuote(page.flow)} `;
  return `${table}\nMore may follow: queue failed ${flow}--before ${last.id}`;
}

function shortened(text: string, length: number): string {
  const line = singleLine(text);
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
