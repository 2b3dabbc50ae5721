/** Worker processes on one flow, whose handlers leave a trace of every record that they process. */

import { join } from "@std/path";
import { type RunningScript, type ScriptResult, startScript } from "./run_script.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** What a handler did: one line of the effects file. */
export interface Effect {
  /** The record. */
  recordId: number;
  /** The process that the handler ran in. */
  pid: number;
  /** The claim that it worked under. */
  claim: string;
}

/** A worker process. */
export interface CrewWorker {
  /** Its process id. */
  readonly pid: number;
  /** Whether it was killed. */
  readonly isKilled: boolean;
  /** How it ended; undefined while it runs. */
  readonly ended: ScriptResult | undefined;
  /** Resolves when it ends. */
  readonly result: Promise<ScriptResult>;
  /** Sends a signal; after SIGKILL it counts as killed. */
  kill(signal: Deno.Signal): void;
}

/** How a crew works. */
export interface WorkerCrewOptions {
  /** The flow. */
  flow: string;
  /** The connection string that workers are given. */
  url: string;
  /** More arguments of `claim-batch`. */
  args?: readonly string[];
}

/** Workers on one flow; disposing kills those that run. */
export interface WorkerCrew extends AsyncDisposable {
  /** All workers there were. */
  readonly workers: readonly CrewWorker[];
  /** Those that run. */
  running(): CrewWorker[];
  /** Starts one more, over another connection string if one is given. */
  start(mode: "--drain" | "--watch", url?: string): CrewWorker;
  /** Reads what handlers did so far. */
  effects(): Promise<Effect[]>;
}

// One write a line: appending is atomic between processes, and on the disk before it is answered.
const handlerSource = `
const file = await Deno.open("effects", { append: true, create: true });
const encoder = new TextEncoder();

export default function handle(record) {
  const effect = { recordId: record.id, pid: Deno.pid, claim: record.flow_instance_id };
  file.writeSync(encoder.encode(JSON.stringify(effect) + "\\n"));
  return effect;
}
`;

/** Makes a crew without workers. */
export async function workerCrew({ flow, url, args = [] }: WorkerCrewOptions): Promise<WorkerCrew> {
  const folder = await temporaryFolder("crew");
  await Deno.writeTextFile(join(folder.path, "handler.ts"), handlerSource);
  const workers: CrewWorker[] = [];
  const scripts: RunningScript[] = [];
  return {
    workers,
    running: () => workers.filter((worker) => worker.ended === undefined && !worker.isKilled),
    start(mode, workerUrl = url) {
      const script = startScript(
        "claim-batch",
        ["--flow", flow, "--handler", "handler.ts", mode, "--json", ...args],
        {
          cwd: folder.path,
          env: { DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: workerUrl },
          permissions: [`--allow-write=${folder.path}`],
          timeoutMs: 600_000,
        },
      );
      scripts.push(script);
      const worker = describe(script);
      workers.push(worker);
      return worker;
    },
    async effects() {
      const text = await Deno.readTextFile(join(folder.path, "effects")).catch(() => "");
      return text.split("\n").filter((line) => line !== "").map((line): Effect => JSON.parse(line));
    },
    async [Symbol.asyncDispose]() {
      for (const script of scripts) await script[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function describe(script: RunningScript): CrewWorker {
  let isKilled = false;
  let ended: ScriptResult | undefined;
  script.result.then((result) => ended = result, () => {});
  return {
    pid: script.pid,
    result: script.result,
    get isKilled() {
      return isKilled;
    },
    get ended() {
      return ended;
    },
    kill(signal) {
      if (signal === "SIGKILL") isKilled = true;
      script.kill(signal);
    },
  };
}
