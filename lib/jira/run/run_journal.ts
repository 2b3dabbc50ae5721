/** What earlier runs of a file of requests have done, and what they may have done. */

import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import { Journal, opsdeckHome, readJournal, ValidationError } from "../../core/mod.ts";
import { isRead } from "../client/jira_request.ts";
import { field } from "../fetch/jira_issue.ts";
import type { FileRequest } from "./request_file.ts";

/**
 * A line of the journal. `intent` stands before a write is sent; what follows says how it ended. An
 * intent that nothing follows was cut off: the write may have been done.
 */
interface RunEntry {
  kind: "intent" | "done" | "undone";
  key: string;
  /** When: ISO 8601, UTC. */
  at: string;
  /** What the request says; journals of earlier versions have none. */
  digest?: string;
  /** What Jira called that which a write made. */
  answer?: WriteAnswer;
}

/** What Jira's answer to a write says of the thing that it made, such as an issue. */
export interface WriteAnswer {
  /** Its id. */
  id?: string;
  /** Its key, when it is an issue. */
  key?: string;
}

/** What is known of a request: done, or perhaps, and since when. */
export interface RunState {
  /** `uncertain` is a write whose answer never came. */
  kind: "done" | "uncertain";
  /** When it was done, or first sent without a known answer: ISO 8601, UTC. */
  at: string;
  /** What it said; undefined in journals of earlier versions. */
  digest?: string;
  /** What Jira called that which it made. */
  answer?: WriteAnswer;
}

/** States by the requests' keys; a request without one has not succeeded. */
export type RunStates = ReadonlyMap<string, RunState>;

/**
 * Gives the journal of a file of requests on a site, under `OPSDECK_HOME`.
 *
 * @param source the absolute path of the file, or for standard input what stands for it
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
    // The cache lies beside it: what Jira says is for those who may ask it.
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
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
  async intend(request: FileRequest): Promise<void> {
    await this.#append("intent", request);
  }

  /** Notes that a request has succeeded, and what Jira called that which a write made. */
  async finish(request: FileRequest, data: unknown): Promise<void> {
    const answer = isRead(request) ? undefined : toAnswer(data);
    await this.#append("done", request, answer === undefined ? {} : { answer });
  }

  /** Notes that a write certainly was not done. */
  async undo(request: FileRequest): Promise<void> {
    await this.#append("undone", request);
  }

  /** Closes the journal. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal.close();
  }

  async #append(
    kind: RunEntry["kind"],
    { key, digest }: FileRequest,
    more: { answer?: WriteAnswer } = {},
  ): Promise<void> {
    await this.#journal.append({ kind, key, at: new Date().toISOString(), digest, ...more });
  }
}

function toStates(entries: readonly RunEntry[]): RunStates {
  const states = new Map<string, RunState>();
  for (const { kind, key, ...known } of entries) {
    if (kind === "undone") states.delete(key);
    else if (kind === "done") states.set(key, { kind, ...known });
    // A repetition leaves the first sending as uncertain as it was.
    else if (states.get(key)?.kind !== "uncertain") {
      states.set(key, { kind: "uncertain", ...known });
    }
  }
  return states;
}

function parseEntry(value: unknown): RunEntry {
  const [kind, key, at] = [field(value, "kind"), field(value, "key"), field(value, "at")];
  const isKind = kind === "intent" || kind === "done" || kind === "undone";
  if (!isKind || typeof key !== "string" || typeof at !== "string") {
    throw new ValidationError("an entry is none of a run of requests");
  }
  const digest = field(value, "digest");
  const answer = toAnswer(field(value, "answer"));
  return {
    kind,
    key,
    at,
    ...(typeof digest === "string" ? { digest } : {}),
    ...(answer === undefined ? {} : { answer }),
  };
}

function toAnswer(data: unknown): WriteAnswer | undefined {
  const [id, key] = [field(data, "id"), field(data, "key")];
  if (typeof id !== "string" && typeof key !== "string") return undefined;
  return {
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof key === "string" ? { key } : {}),
  };
}
