/** The queue's tables, as numbered files under `schema/queue`. */

import processingQueue from "../../schema/queue/0001_processing_queue.sql" with { type: "text" };
import archive from "../../schema/queue/0002_processing_queue_archive.sql" with { type: "text" };
import room from "../../schema/queue/0003_processing_queue_room.sql" with { type: "text" };
import type { Migration } from "../database/mod.ts";

/** The name under which the queue's migrations are recorded. */
export const queueStore = "queue";

/** The queue's migrations, in order. */
export const queueMigrations: readonly Migration[] = [
  { number: 1, name: "processing_queue", sql: processingQueue },
  { number: 2, name: "processing_queue_archive", sql: archive },
  { number: 3, name: "processing_queue_room", sql: room },
];
