/** All systems, running side by side on one server, each with a database of its own. */

import type { BenchServer } from "./bench_server.ts";
import { type ContenderName, contenderNames, contenders } from "./contenders.ts";
import { familyCpuMs, processCpuMs } from "./cpu_time.ts";
import { SystemProcess } from "./system_process.ts";
import type { SystemRequest } from "./systems/serve_system.ts";

/** What one timed part gave. */
export interface Sample {
  /** The records that were added or finished. */
  records: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /** CPU time of the server for each record, in microseconds. */
  serverUs: number;
  /** CPU time of the system's own processes for each record, in microseconds. */
  clientUs: number;
}

/** One system with its database and its processes. */
export class RunningSystem implements AsyncDisposable {
  readonly #server: BenchServer;
  readonly #databaseUrl: string;
  readonly #processes: readonly SystemProcess[];

  /** Takes what {@link startSystems} started. */
  constructor(server: BenchServer, databaseUrl: string, processes: readonly SystemProcess[]) {
    this.#server = server;
    this.#databaseUrl = databaseUrl;
    this.#processes = processes;
  }

  /** Empties the queue and leaves the server with nothing to do. */
  async prepareEmpty(): Promise<void> {
    await this.#askAll({ command: "empty" });
    await this.#server.settle(this.#databaseUrl);
  }

  /** Fills the queue through the system itself and leaves the server with nothing to do. */
  async prepareFull(records: number): Promise<void> {
    await this.#askAll({ command: "empty" });
    await this.#first().ask({ command: "enqueue", records });
    await this.#server.settle(this.#databaseUrl);
  }

  /**
   * Times a request in one process, or in several at once.
   *
   * @throws Error when not exactly `expected` records came of it.
   */
  async time(request: SystemRequest, expected: number, processes = 1): Promise<Sample> {
    const used = this.#processes.slice(0, processes);
    const clientBefore = sum(used.map((process) => processCpuMs(process.pid)));
    const serverBefore = familyCpuMs(this.#server.pid);
    const timings = await Promise.all(used.map((process) => process.ask(request)));
    const serverMs = familyCpuMs(this.#server.pid) - serverBefore;
    const clientMs = sum(used.map((process) => processCpuMs(process.pid))) - clientBefore;
    const records = sum(timings.map((timing) => timing.records));
    if (records !== expected) {
      throw new Error(`Cannot use the measurement as ${records} of ${expected} records came of it`);
    }
    return {
      records,
      ms: Math.max(...timings.map((timing) => timing.ms)),
      serverUs: serverMs * 1000 / records,
      clientUs: clientMs * 1000 / records,
    };
  }

  /** Ends its processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }

  async #askAll(request: SystemRequest): Promise<void> {
    for (const process of this.#processes) await process.ask(request);
  }

  #first(): SystemProcess {
    const [process] = this.#processes;
    if (process === undefined) throw new Error("Cannot ask a system that has no process");
    return process;
  }
}

/** The systems by name; disposing ends them all. */
export interface RunningSystems extends AsyncDisposable {
  /** Gives a system. */
  get(name: ContenderName): RunningSystem;
}

/** Starts every system. */
export async function startSystems(server: BenchServer): Promise<RunningSystems> {
  await using started = new AsyncDisposableStack();
  const systems = new Map<ContenderName, RunningSystem>();
  for (const name of contenderNames) {
    const contender = contenders[name];
    const databaseUrl = await server.createDatabase(`bench_${name.replaceAll(/\W/g, "_")}`);
    const processes: SystemProcess[] = [];
    for (let index = 0; index < contender.processes; index++) {
      processes.push(started.use(await SystemProcess.start(contender, databaseUrl)));
    }
    const system = new RunningSystem(server, databaseUrl, processes);
    await warmUp(system, contender.processes);
    systems.set(name, system);
  }
  const running = started.move();
  return {
    get(name) {
      const system = systems.get(name);
      if (system === undefined) throw new Error(`Cannot find the system "${name}"`);
      return system;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

// A worker runs for hours; its first second, when its code is not compiled yet, tells nothing.
async function warmUp(system: RunningSystem, processes: number): Promise<void> {
  const records = 10_000;
  for (const used of new Set([1, processes])) {
    await system.prepareFull(records);
    const request = { command: "drain", request: { batchSize: 100, loops: 4 } } as const;
    await system.time(request, records, used);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
