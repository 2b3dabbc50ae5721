/** What earlier runs of a file of requests have done, and what they may have done. */

import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import { Journal, opsdeckHome, readJournal, ValidationError } from "../../core/mod.ts";

/**
 * A line of the journal. `intent` stands before a write is sent; what follows says how it ended. An
 * intent that nothing follows was cut off: the write may have been done.
 */
interface RunEntry {
  kind: "intent" | "done" | "undone";
  key: string;
  /** When: ISO 8601, UTC. */
  at: string;
}

/** What is known of a request: done, or perhaps, and since when. */
export interface RunState {
  /** `uncertain` is a write whose answer never came. */
  kind: "done" | "uncertain";
  /** When it was done, or sent: ISO 8601, UTC. */
  at: string;
}

/** States by the requests' keys; a request without one has not succeeded. */
export type RunStates = ReadonlyMap<string, RunState>;

/**
 * Gives the journal of a file of requests on a site, under `OPSDECK_HOME`.
 *
 * @param source the absolute path of the file, or for standard input what stands for its content
 */
export function runJournalPath(site: URL, source: string): string {
  const name = basename(source).replace(/[^\w.-]/g, "_").slice(0, 80);
  const hash = createHash("sha256").update(`${site.href}\n${source}`).digest("hex").slice(0, 16);
  return join(opsdeckHome(), "jira", "runs", `${name}.${hash}.journal`);
}

/** Reads what is known, without changing or locking anything. */
export async function readRunStates(path: string): Promise<RunStates> {
  return toStates((await readJournal(path, parseEntry)).entries);
}

/** The open journal of a run; nobody else has it meanwhile. */
export class RunJournal implements AsyncDisposable {
  /** What earlier runs have done. */
  readonly states: RunStates;
  readonly #journal: Journal<RunEntry>;

  private constructor(journal: Journal<RunEntry>) {
    this.#journal = journal;
    this.states = toStates(journal.entries());
  }

  /**
   * Opens the journal, and forgets what it holds if asked to.
   *
   * @throws FileOperationError with the code `LOCK_TIMEOUT` when another run of the file is going
   * on, and `DATA_CORRUPTION` (exit code 3) when it is damaged.
   */
  static async open(
    path: string,
    options: { restart?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<RunJournal> {
    await Deno.mkdir(dirname(path), { recursive: true });
    const journal = await Journal.open(path, parseEntry, {
      lockTimeoutMs: 2000,
      signal: options.signal,
    });
    try {
      if (options.restart) await journal.rewrite([]);
      return new RunJournal(journal);
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** Notes that a write is about to be sent; on the disk when it returns. */
  async intend(key: string): Promise<void> {
    await this.#append("intent", key);
  }

  /** Notes that a request has succeeded. */
  async finish(key: string): Promise<void> {
    await this.#append("done", key);
  }

  /** Notes that a write certainly was not done. */
  async undo(key: string): Promise<void> {
    await this.#append("undone", key);
  }

  /** Closes the journal. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal.close();
  }

  async #append(kind: RunEntry["kind"], key: string): Promise<void> {
    await this.#journal.append({ kind, key, at: new Date().toISOString() });
  }
}

function toStates(entries: readonly RunEntry[]): RunStates {
  const states = new Map<string, RunState>();
  for (const { kind, key, at } of entries) {
    if (kind === "undone") states.delete(key);
    else states.set(key, { kind: kind === "done" ? "done" : "uncertain", at });
  }
  return states;
}

function parseEntry(value: unknown): RunEntry {
  const field = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const [kind, key, at] = [field("kind"), field("key"), field("at")];
  const isKind = kind === "intent" || kind === "done" || kind === "undone";
  if (isKind && typeof key === "string" && typeof at === "string") return { kind, key, at };
  throw new ValidationError("an entry is none of a run of requests");
}
