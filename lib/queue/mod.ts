/** The distributed record queue. */

export {
  type ArchiveCounts,
  type ArchiveOptions,
  archivePermissions,
  archiveRecords,
  type ArchiveReport,
  type ArchiveStatus,
  readArchiveCounts,
} from "./archive/mod.ts";
export * from "./commands/mod.ts";
export * from "./metrics/mod.ts";
export * from "./monitoring/mod.ts";
export {
  addRecordStream,
  type AddStreamCounts,
  type AddStreamOptions,
} from "./add_record_stream.ts";
export {
  type AddOnceCounts,
  type AddOnceOptions,
  addRecordsOnce,
  checkQueueTakesRecords,
  type KeyedRecord,
} from "./add_records_once.ts";
export { checkQueueTables } from "./check_queue_tables.ts";
export type { HeldRecord } from "./claim_ledger.ts";
export { migrateQueue, type MigrationReport } from "./migrate_queue.ts";
export type { OrphanCareOptions } from "./orphan_care.ts";
export type { HandlerSource } from "./open_handler.ts";
export {
  openQueueDatabase,
  openWorkerDatabase,
  type QueueDatabaseOptions,
} from "./queue_database.ts";
export { checkFlowIsKnown } from "./known_flow.ts";
export { explainQueueError } from "./explain_queue_error.ts";
export { type QueueNeeds, queuePermissions } from "./queue_permissions.ts";
export type { StandardJobSummary } from "./standard_job.ts";
export {
  runWorkerJob,
  type WorkerJobHooks,
  type WorkerJobRequest,
  type WorkerJobSummary,
} from "./worker_job.ts";
export { chooseMode, isFlawless, leftBehindText, workerSummaryText } from "./worker_report.ts";
export { distributedProcessingFlow, type FlowOptions } from "./distributed_processing_flow.ts";
export { type CompletedWork, DistributedProcessor } from "./distributed_processor.ts";
export type { BatchOutcome } from "./end_claims.ts";
export type { AddOptions } from "./enqueue_records.ts";
export { openExecHandler } from "./exec_handler.ts";
export type { RecordFailure, RetryPolicy } from "./finish_records.ts";
export type { HealthReport } from "./health_check.ts";
export { loadHandler } from "./load_handler.ts";
export { queueMigrations } from "./migrations.ts";
export {
  type ProcessedRecord,
  type ProcessRecordOptions,
  processRecordWithStatus,
} from "./process_record.ts";
export { processStandard, type StandardOptions, type StandardSummary } from "./process_standard.ts";
export {
  type ClaimedRecord,
  type JsonValue,
  maxBatchSize,
  maxPayloadBytes,
  type Payload,
  type RecordStatus,
} from "./queue_record.ts";
export { type QueueSettings, queueSettings } from "./queue_settings.ts";
export {
  countPending,
  type FailedRecord,
  type FlowCounts,
  type PendingCounts,
  type QueueStatus,
  readFailedRecords,
} from "./queue_status.ts";
export {
  HandlerBrokenError,
  type HandlerContext,
  type OpenHandler,
  type RecordHandler,
  RecordTimeoutError,
} from "./record_handler.ts";
export type { ByteSource, InputItem } from "./record_files/input_item.ts";
export {
  openRecords,
  type RecordFormat,
  recordFormats,
  type RecordInput,
  type RecordInputOptions,
} from "./record_files/read_records.ts";
export type { ResetReport } from "./reset_failed.ts";
export { runWorker, type WorkerMode, type WorkerOptions, type WorkerSummary } from "./worker.ts";
