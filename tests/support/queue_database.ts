/** A fresh database with the queue's tables, and processors over it. */

import { DatabaseManager } from "../../lib/database/mod.ts";
import { DistributedProcessor, migrateQueue } from "../../lib/queue/mod.ts";
import { type DatabaseTemplate, type TestDatabase, testDatabase } from "./postgres_server.ts";

/** The queue's tables, made once for all test files. */
export const queueTemplate: DatabaseTemplate = {
  name: "queue",
  async prepare(target) {
    await using database = new DatabaseManager("rpa_db", { target });
    await migrateQueue(database, false);
  },
};

/** A queue of a test's own; disposing closes and drops it all. */
export interface TestQueue extends AsyncDisposable {
  /** The database behind it. */
  readonly database: TestDatabase;
  /** The manager that `processor` works through. */
  readonly manager: DatabaseManager;
  /** A processor over it. */
  readonly processor: DistributedProcessor;
  /** Another processor, as another process would have it, over the same manager. */
  another(): DistributedProcessor;
}

/** Makes a queue of a test's own. */
export async function testQueue(): Promise<TestQueue> {
  const database = await testDatabase({ template: queueTemplate });
  const manager = new DatabaseManager("rpa_db", { target: database.target });
  return {
    database,
    manager,
    processor: new DistributedProcessor(manager),
    another: () => new DistributedProcessor(manager),
    async [Symbol.asyncDispose]() {
      await manager.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
