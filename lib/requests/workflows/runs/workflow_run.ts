/** A run of a workflow: what it works on and what it has done, in a journal. */

import {
  acquireFileLock,
  type FileLock,
  FileOperationError,
  Journal,
  OpsdeckError,
  ValidationError,
} from "../../../core/mod.ts";
import {
  type FoundRequest,
  parseRunEntry,
  type RunEnd,
  type RunEntry,
  type RunStart,
  type WorkflowName,
} from "./run_entry.ts";
import { makeRunId, runPath } from "./run_files.ts";

/** What a new run is. */
export interface NewRun extends Pick<RunStart, "workflow" | "place" | "parameters" | "requests"> {
  /** The folder of the runs. It is made where it is missing. */
  folder: string;
  /** When it begins. */
  now: Date;
}

/** Which run is resumed, and as what. */
export interface ResumedRun {
  /** The folder of the runs. */
  folder: string;
  /** Its id. */
  runId: string;
  /** What it must do. */
  workflow: WorkflowName;
  /** Where it must work. */
  place: string;
  /** What earlier versions, which told no port, called that place. */
  formerPlace?: string | undefined;
  /** Ends the wait for its lock. */
  signal?: AbortSignal | undefined;
}

/** Whoever lists the runs holds a lock for a moment. */
const lockTimeoutMs = 2_000;

/**
 * A run that this process works on, and no other: it holds the journal's lock, which the system
 * gives up when the process dies.
 */
export class WorkflowRun implements AsyncDisposable {
  /** What it is and works on. */
  readonly start: RunStart;
  /** An earlier process has worked on it. */
  readonly isResumed: boolean;
  readonly #journal: Journal<RunEntry>;
  readonly #lock: FileLock;
  #appended: Promise<void> = Promise.resolve();

  private constructor(
    journal: Journal<RunEntry>,
    lock: FileLock,
    start: RunStart,
    resumed: boolean,
  ) {
    this.#journal = journal;
    this.#lock = lock;
    this.start = start;
    this.isResumed = resumed;
  }

  /**
   * Begins a run: when this returns, it can be resumed after any crash.
   *
   * @throws FileOperationError when the journal cannot be written.
   */
  static async begin({ folder, now, workflow, ...parts }: NewRun): Promise<WorkflowRun> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const start: RunStart = {
      kind: "started",
      run_id: makeRunId(now),
      workflow,
      at: now.toISOString(),
      ...parts,
    };
    return await open(runPath(folder, start.run_id), undefined, async (journal, lock) => {
      await journal.append(start);
      return new WorkflowRun(journal, lock, start, false);
    });
  }

  /**
   * Takes a run up again.
   *
   * @throws ValidationError when there is no such run, or it is of another workflow or place.
   * @throws FileOperationError with the code `RUN_IN_USE` when another process works on it, and
   * with `DATA_CORRUPTION` when its journal is damaged.
   */
  static async resume(run: ResumedRun): Promise<WorkflowRun> {
    const { folder, runId, workflow, place, formerPlace, signal } = run;
    const path = runPath(folder, runId);
    if (!await isThere(path)) {
      throw new ValidationError(
        `Cannot resume the run ${runId} as '${path}' is not there; list the runs with --runs`,
      );
    }
    return await open(path, signal, (journal, lock) => {
      const [start] = journal.entries();
      if (start?.kind !== "started") {
        throw new ValidationError(
          `Cannot resume the run ${runId} as it ended before it began; start a new one`,
        );
      }
      if (start.workflow !== workflow) {
        throw new ValidationError(
          `Cannot resume the run ${runId} as a ${workflow} as it is a ${start.workflow}; ` +
            "use the script that began it",
        );
      }
      if (start.place !== place && start.place !== formerPlace) {
        throw new ValidationError(
          `Cannot resume the run ${runId} as it works on ${start.place}, and the configuration ` +
            `says ${place}; set ENVIRONMENT and the connection string as they were`,
        );
      }
      return Promise.resolve(new WorkflowRun(journal, lock, start, true));
    });
  }

  /** The run's id. */
  get runId(): string {
    return this.start.run_id;
  }

  /** The requests that it works on. */
  get requests(): readonly FoundRequest[] {
    return this.start.requests;
  }

  /** Gives the last outcome of each request in a step. */
  outcomes(step: string): Map<number, Record<string, unknown>> {
    const outcomes = new Map<number, Record<string, unknown>>();
    for (const entry of this.#journal.entries()) {
      if (entry.kind === "request" && entry.step === step) {
        outcomes.set(entry.request_id, entry.outcome);
      }
    }
    return outcomes;
  }

  /**
   * Keeps the outcome of a request. What a power failure may take of it is found out again: each
   * step looks at the servers before it changes anything. {@link settled} tells of a failure.
   */
  keepOutcome(step: string, requestId: number, outcome: Record<string, unknown>): void {
    const entry = { kind: "request", step, request_id: requestId, outcome } as const;
    const appended = Promise.all([this.#appended, this.#journal.append(entry, { sync: false })]);
    this.#appended = appended.then(() => {});
    this.#appended.catch(() => {}); // settled() rejects with it
  }

  /**
   * Waits for the outcomes given so far.
   *
   * @throws FileOperationError when one could not be written.
   */
  async settled(): Promise<void> {
    await this.#appended;
  }

  /** Says how this process left the run; everything is on the disk then. */
  async end(status: RunEnd["status"], message: string, now: Date): Promise<void> {
    await this.settled();
    await this.#journal.append({ kind: "ended", at: now.toISOString(), status, message });
  }

  /** Closes the journal and lets another process take the run up. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#journal.close();
    } finally {
      this.#lock.release();
    }
  }
}

async function open(
  path: string,
  signal: AbortSignal | undefined,
  make: (journal: Journal<RunEntry>, lock: FileLock) => Promise<WorkflowRun>,
): Promise<WorkflowRun> {
  const lock = await lockRun(path, signal);
  let journal: Journal<RunEntry> | undefined;
  try {
    journal = await Journal.open(path, parseRunEntry, { lock: false, signal });
    return await make(journal, lock);
  } catch (error) {
    await journal?.close();
    lock.release();
    throw error;
  }
}

async function lockRun(path: string, signal: AbortSignal | undefined): Promise<FileLock> {
  try {
    return await acquireFileLock(path, { timeoutMs: lockTimeoutMs, removeOnRelease: true, signal });
  } catch (error) {
    if (!(error instanceof OpsdeckError) || error.code !== "LOCK_TIMEOUT") throw error;
    const holder = await Deno.readTextFile(`${path}.lock`).then((text) => text.trim(), () => "");
    throw new FileOperationError(
      `Cannot resume the run in '${path}' as ` +
        `${/^\d+$/.test(holder) ? `process ${holder}` : "another process"} works on it; ` +
        "wait until it has ended, or stop it",
      { code: "RUN_IN_USE", context: { file_path: path }, cause: error },
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
