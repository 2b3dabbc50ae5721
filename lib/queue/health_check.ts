/** The health of the queue: its databases, its counts, this instance. */

import { OpsdeckError } from "../core/mod.ts";
import type { DatabaseHealth, DatabaseManager } from "../database/mod.ts";
import { explainQueueError } from "./explain_queue_error.ts";
import type { InstanceName } from "./instance_name.ts";
import { type QueueStatus, readQueueStatus } from "./queue_status.ts";

/** The report of `healthCheck` (reference: queue, `health_check`). */
export interface HealthReport {
  /** `unhealthy` when the queue's database is down, `degraded` when only the source's is. */
  status: "healthy" | "degraded" | "unhealthy";
  /** By the databases' names. */
  databases: Record<string, DatabaseHealth>;
  /** Counts of the whole queue; null when they cannot be read. */
  queue_status:
    | Pick<
      QueueStatus,
      "pending_records" | "processing_records" | "failed_records" | "total_records"
    >
    | null;
  /** Who asked. */
  instance_info: { instance_id: string; hostname: string };
  /** ISO 8601. */
  timestamp: string;
}

/** Checks the databases and reads the counts. Does not throw for what it finds broken. */
export async function checkHealth(
  queueDatabase: DatabaseManager,
  sourceDatabase: DatabaseManager | undefined,
  instance: InstanceName,
): Promise<HealthReport> {
  const [queueHealth, sourceHealth] = await Promise.all([
    queueDatabase.health(),
    sourceDatabase?.health(),
  ]);
  const databases: Record<string, DatabaseHealth> = { [queueDatabase.name]: queueHealth };
  if (sourceDatabase && sourceHealth) databases[sourceDatabase.name] = sourceHealth;

  let counts: HealthReport["queue_status"] = null;
  if (queueHealth.connection) {
    try {
      const { by_flow: _, completed_records: __, ...rest } = await readQueueStatus(queueDatabase);
      counts = rest;
    } catch (thrown) {
      const error = explainQueueError(thrown);
      if (!(error instanceof OpsdeckError)) throw error;
      databases[queueDatabase.name] = { ...queueHealth, status: "unhealthy", error: error.message };
    }
  }
  const isQueueWell = databases[queueDatabase.name]?.status === "healthy";
  const isSourceWell = sourceHealth === undefined || sourceHealth.status === "healthy";
  return {
    status: !isQueueWell ? "unhealthy" : isSourceWell ? "healthy" : "degraded",
    databases,
    queue_status: counts,
    instance_info: { instance_id: instance.instanceId, hostname: instance.hostname },
    timestamp: new Date().toISOString(),
  };
}
