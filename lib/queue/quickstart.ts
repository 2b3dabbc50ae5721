/** The quick start: the whole life of a queue in a minute, on the embedded database. */

import { ConfigManager, ConfigurationError, resolveCallerPath } from "../core/mod.ts";
import { formatDuration, type ScriptContext } from "../core/command_line/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { addRecordsOnce, type KeyedRecord } from "./add_records_once.ts";
import { addRecordStream } from "./add_record_stream.ts";
import { failedText } from "./commands/failed.ts";
import { statusText } from "./commands/status.ts";
import { DistributedProcessor } from "./distributed_processor.ts";
import { migrateQueue } from "./migrate_queue.ts";
import { openQueueDatabase } from "./queue_database.ts";
import { readFailedRecords } from "./queue_status.ts";
import { openRecords } from "./record_files/read_records.ts";
import { createRejectionReport } from "./rejection_report.ts";
import type { RecordHandler } from "./record_handler.ts";
import { runWorker, type WorkerSummary } from "./worker.ts";

const flowName = "quickstart";

const documentsFlowName = "quickstart_documents";

/** One part of the tour: what a program gets of it, and what a person reads at the end. */
export interface TourPart {
  /** Counts and lists. */
  report: Record<string, unknown>;
  /** Tables. */
  text: string;
}

/** What the quick start works with. */
export interface QuickstartOptions {
  /** A CSV file of surveys. */
  file: string;
  /** Processes one survey. */
  handler: RecordHandler;
  /** How many workers share the queue. */
  workers: number;
}

/**
 * Runs the first part of the quick start and says each step. Its own flow is emptied first, so
 * that it can be run again; nothing else in the database is touched.
 *
 * @throws ConfigurationError when the queue is configured to be on another database than the
 * embedded one.
 */
export async function runQuickstart(
  options: QuickstartOptions,
  context: ScriptContext,
): Promise<TourPart> {
  refuseOtherDatabases();
  await using database = openQueueDatabase({ flowName, maxConnections: options.workers + 1 });
  const say = (text: string) => context.note(text);

  say("1. The embedded PostgreSQL runs; making the queue's tables");
  await migrateQueue(database, false, context.signal);
  await database.query("delete from processing_queue where flow_name = $1", [flowName]);

  say(`2. Adding the records of ${options.file}`);
  const counts = await addFile(database, options.file, context);
  say(`   ${counts.added} added, ${counts.rejected} rejected`);

  say(`3. ${options.workers} workers process them`);
  const summaries = await workTogether(database, options, counts.added, context);
  for (const [index, worker] of summaries.entries()) {
    say(
      `   worker ${index + 1}: ${worker.completed} completed, ${worker.failed} failed in ` +
        `${formatDuration(worker.duration_ms)}`,
    );
  }
  const status = await new DistributedProcessor(database).getQueueStatus(flowName);
  const failed = await readFailedRecords(database, { flowName, limit: 20 });
  return {
    report: { ...counts, workers: summaries, status, failed },
    text: [
      "\nThe queue now (queue status --flow quickstart):",
      statusText(status),
      "\nWhat failed, and why (queue failed --flow quickstart):",
      failedText(failed, { limit: 21 }),
    ].join("\n"),
  };
}

/** Where the documents of the second part come from. */
export interface DocumentDrop {
  /** Claims what was uploaded, and hands each batch over until it is taken. */
  claim(take: (records: readonly KeyedRecord[]) => Promise<unknown>): Promise<unknown>;
  /** Processes one document. */
  handler: RecordHandler;
}

/**
 * Runs the second part: what was dropped on an SFTP server is claimed into a flow of its own, which
 * is emptied first, and a worker processes it.
 */
export async function runDocumentsTour(
  { claim, handler }: DocumentDrop,
  context: ScriptContext,
): Promise<TourPart> {
  await using database = openQueueDatabase({ flowName: documentsFlowName, maxConnections: 2 });
  await database.query("delete from processing_queue where flow_name = $1", [documentsFlowName]);
  const poll = await claim((records) => addRecordsOnce(database, documentsFlowName, records));

  context.note("6. A worker processes the documents");
  const worker = await runWorker(new DistributedProcessor(database), database, documentsFlowName, {
    handler,
    mode: "drain",
    batchSize: 50,
    signal: context.signal,
  });
  context.note(`   ${worker.completed} completed, ${worker.failed} failed`);
  const status = await new DistributedProcessor(database).getQueueStatus(documentsFlowName);
  return {
    report: { poll, worker, status },
    text: `\nThe documents (queue status --flow ${documentsFlowName}):\n${statusText(status)}`,
  };
}

/** What the tour ends with. */
export function whatToTypeNext(): string {
  return ["\nWhat to type next:", ...nextCommands.map((line) => `  ${line}`)].join("\n");
}

const nextCommands = [
  "deno task queue reset --flow quickstart                give the failed ones another chance",
  "deno task queue add --flow mine --file my.csv          queue records of your own",
  "deno task claim-batch --flow mine --handler my.ts --drain   and work on them",
  "deno task poll-sftp --help                             claim uploads on your own SFTP server",
  "deno task queue --help                                 all of the operator's commands",
  "deno task db:stop                                      stop the embedded PostgreSQL",
  "Without Deno on the PATH, write `npx -y deno@2.9.6` in the place of `deno`.",
];

function refuseOtherDatabases(): void {
  const found = new ConfigManager().lookup("rpa_db_CONNECTION_STRING", { secret: true });
  if (found === undefined) return;
  throw new ConfigurationError(
    `Cannot run the quick start as ${found.source} names another database than the embedded one; ` +
      "unset it for this run",
  );
}

async function addFile(database: DatabaseManager, file: string, context: ScriptContext) {
  await using input = await openRecords({ path: resolveCallerPath(file), signal: context.signal });
  const rejections = createRejectionReport((text) => context.note(`   ${text}`));
  return await addRecordStream(database, flowName, input.items, {
    signal: context.signal,
    onRejected: rejections.report,
  });
}

async function workTogether(
  database: DatabaseManager,
  options: QuickstartOptions,
  total: number,
  context: ScriptContext,
): Promise<WorkerSummary[]> {
  using progress = context.progress({ label: "   Processing", total });
  return await Promise.all(
    Array.from(
      { length: options.workers },
      () =>
        runWorker(new DistributedProcessor(database), database, flowName, {
          handler: options.handler,
          mode: "drain",
          batchSize: 50,
          concurrency: 4,
          signal: context.signal,
          onRecord: () => progress.advance(1),
        }),
    ),
  );
}
