/** Standard processing as a job: records from a file or standard input through a handler. */

import { ValidationError } from "../core/mod.ts";
import { isPayload } from "./json_text.ts";
import {
  processStandard,
  standardJournalPath,
  type StandardOptions,
  type StandardSummary,
} from "./process_standard.ts";
import type { Payload } from "./queue_record.ts";
import type { InputItem } from "./record_files/input_item.ts";
import { openRecords, type RecordInputOptions } from "./record_files/read_records.ts";
import type { RecordHandler } from "./record_handler.ts";

/** What a standard job did. */
export interface StandardJobSummary extends StandardSummary {
  /** Records of the input that were wrong. */
  rejected: number;
}

/**
 * Processes the records of an input without the queue, with a journal of what is done. While any
 * record is rejected the journal stays: the input mended and run again repeats none of the others.
 *
 * @throws FileOperationError, ValidationError for the input; see also {@link processStandard}.
 */
export async function runStandardJob(
  flowName: string,
  input: RecordInputOptions,
  handler: RecordHandler,
  options: StandardOptions & { onRejected?: (position: string, problem: string) => void },
): Promise<StandardJobSummary> {
  await using opened = await openRecords(input);
  let rejected = 0;
  const payloads = onlyPayloads(opened.items, (position, problem) => {
    rejected++;
    options.onRejected?.(position, problem);
  });
  const summary = await processStandard(flowName, payloads, handler, {
    journalPath: standardJournalPath(flowName, input.path),
    isInputSound: () => rejected === 0,
    ...options,
  });
  return { ...summary, rejected };
}

async function* onlyPayloads(
  items: AsyncIterable<InputItem>,
  onRejected: (position: string, problem: string) => void,
): AsyncGenerator<Payload> {
  for await (const item of items) {
    if ("problem" in item) onRejected(item.position, item.problem);
    else if (!isPayload(item.value)) onRejected(item.position, "a record must be a JSON object");
    else yield item.value;
  }
}

/**
 * Checks that standard processing has an input.
 *
 * @throws ValidationError when standard input is a terminal and no file is given.
 */
export function requireInput(path: string | undefined, why: string): void {
  if (path !== undefined || !Deno.stdin.isTerminal()) return;
  throw new ValidationError(`Cannot process records as ${why} and no --file is given`, {
    code: "USAGE",
  });
}
