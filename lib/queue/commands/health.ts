/** `queue health`: whether the databases answer and the queue can be counted. */

import { countOf, type ScriptContext, textTable } from "../../core/command_line/mod.ts";
import { DistributedProcessor } from "../distributed_processor.ts";
import type { HealthReport } from "../health_check.ts";
import { openSourceDatabase } from "../queue_database.ts";
import { openCommandDatabase } from "./command_database.ts";

/** Checks the queue's health, and gives 1 when it is unhealthy. */
export async function runHealth(context: ScriptContext): Promise<number> {
  await using database = openCommandDatabase("health", context);
  await using source = openSourceDatabase();
  const report = await new DistributedProcessor(database, source).healthCheck();
  context.result(report, () => healthText(report));
  return report.status === "unhealthy" ? 1 : 0;
}

function healthText(report: HealthReport): string {
  const rows = Object.entries(report.databases).map(([name, health]) => [
    name,
    health.status,
    health.response_time_ms === null ? null : `${health.response_time_ms.toFixed(1)} ms`,
    health.error ?? "",
  ]);
  const counts = report.queue_status;
  return [
    `The queue is ${report.status}`,
    textTable(["database", "status", "answer", ""], rows),
    counts === null
      ? "Its counts cannot be read"
      : `${counts.pending_records} pending, ${counts.processing_records} processing, ` +
        `${counts.failed_records} failed of ${countOf(counts.total_records, "record")}`,
  ].join("\n");
}
