/**
 * graphile-worker in the configuration of its own performance page (worker.graphile.org,
 * "Performance"): 24 jobs at once, a local queue of 500, completions batched. As there, the time of
 * starting and stopping the pool, measured on an empty queue, does not count.
 */

import { Logger, makeWorkerUtils, runOnce, type WorkerUtils } from "graphile-worker";
import pg from "pg";
import {
  chunkSizes,
  type DrainResult,
  enqueueChunk,
  type QueueSystem,
} from "../systems/queue_system.ts";
import { samplePayloads } from "../systems/sample_payload.ts";
import { serveSystem } from "../systems/serve_system.ts";

const identifier = "measured";
const silent = new Logger(() => () => {});
const preset = {
  worker: {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
};

class GraphileWorker implements QueueSystem {
  readonly #utils: WorkerUtils;
  readonly #pgPool: pg.Pool;
  readonly #jobs = samplePayloads(enqueueChunk).map((payload) => ({ identifier, payload }));
  #startMs = 0;

  constructor(utils: WorkerUtils, pgPool: pg.Pool) {
    this.#utils = utils;
    this.#pgPool = pgPool;
  }

  async empty(): Promise<void> {
    await this.#pgPool.query("truncate graphile_worker._private_jobs");
    const times: number[] = [];
    while (times.length < 3) {
      const startedAt = performance.now();
      await this.#runUntilEmpty();
      times.push(performance.now() - startedAt);
    }
    this.#startMs = times.sort((a, b) => a - b)[1] ?? 0;
  }

  async enqueue(records: number): Promise<void> {
    for (const size of chunkSizes(records)) {
      await this.#utils.addJobs(this.#jobs.slice(0, size));
    }
  }

  async drain(): Promise<DrainResult> {
    return { records: await this.#runUntilEmpty(), startMs: this.#startMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#utils.release();
    await this.#pgPool.end();
  }

  async #runUntilEmpty(): Promise<number> {
    let finished = 0;
    await runOnce({
      preset,
      pgPool: this.#pgPool,
      logger: silent,
      noHandleSignals: true,
      taskList: {
        [identifier]: () => {
          finished++;
        },
      },
    });
    return finished;
  }
}

await serveSystem(async (url) => {
  const pgPool = new pg.Pool({ connectionString: url, max: preset.worker.maxPoolSize });
  // An idle connection that is closed would end the process, and the library warns of that.
  pgPool.on("error", () => {});
  pgPool.on("connect", (client) => client.on("error", () => {}));
  const utils = await makeWorkerUtils({ pgPool, logger: silent });
  await utils.migrate();
  return new GraphileWorker(utils, pgPool);
});
