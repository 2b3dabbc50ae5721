/** The journal of a project's poller and the state that it tells. */

import { dirname, join } from "node:path";
import {
  FileOperationError,
  Journal,
  OpsdeckError,
  opsdeckHome,
  readJournal,
} from "../../core/mod.ts";
import { type NewPollerEntry, parsePollerEntry, type PollerEntry } from "./poller_entry.ts";
import { PollerState } from "./poller_state.ts";

/** A journal of fewer lines is not worth rewriting. */
const fewestLinesToCompact = 1000;

/** The journal of one project, open and locked; disposing closes it. */
export class PollerLedger implements AsyncDisposable {
  /** What is in hand now. */
  readonly state: PollerState;
  /** The paths that claimed files get at this moment, of which no line may tell yet. */
  readonly namesBeingGiven: Set<string> = new Set();
  readonly #journal: Journal<PollerEntry>;
  readonly #now: () => Date;

  private constructor(journal: Journal<PollerEntry>, now: () => Date) {
    this.#journal = journal;
    this.#now = now;
    this.state = new PollerState(journal.entries());
  }

  /**
   * Opens the journal of a project, and makes it when there is none.
   *
   * @throws FileOperationError with the code `LOCK_TIMEOUT` when another poller works on the
   * project, and `DATA_CORRUPTION` (exit code 3) when the journal is damaged.
   */
  static async open(
    projectId: string,
    { path = pollerJournalPath(projectId), now = () => new Date() }: LedgerOptions = {},
  ): Promise<PollerLedger> {
    await makePrivateFolder(dirname(path));
    const journal = await openUnlessHeld(path, projectId);
    try {
      return new PollerLedger(journal, now);
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /**
   * Writes a line and takes it into account. With `sync` (the default) it is on the disk when this
   * returns; without, it survives the end of this process only.
   */
  async record(entry: NewPollerEntry, { sync = true }: { sync?: boolean } = {}): Promise<void> {
    const whole = { ...entry, at: this.#now().toISOString() };
    await this.#journal.append(whole, { sync });
    this.state.apply(whole);
  }

  /** Rewrites the journal without what is over, when that is most of it. */
  async compactWhenDue(): Promise<void> {
    const count = this.#journal.entries().length;
    if (count < fewestLinesToCompact) return;
    const kept = this.state.entries();
    if (kept.length < count / 2) await this.#journal.rewrite(kept);
  }

  /** Closes the journal and gives its lock up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal.close();
  }
}

/** How {@link PollerLedger.open} opens. */
export interface LedgerOptions {
  /** The journal's file. Defaults to {@link pollerJournalPath}. */
  path?: string;
  /** The clock of its lines. Defaults to the system's. */
  now?: () => Date;
}

const journalEnding = ".journal";

/** Gives the path of a project's journal: `poller/<project>.journal` in `OPSDECK_HOME`. */
export function pollerJournalPath(projectId: string): string {
  // Dots are left as they are by the encoding, and a name of two of them would lead out.
  const name = encodeURIComponent(projectId).replaceAll(".", "%2E");
  return join(pollerJournalFolder(), `${name}${journalEnding}`);
}

/** Gives the folder of all journals. */
export function pollerJournalFolder(): string {
  return join(opsdeckHome(), "poller");
}

/** Gives the names of the projects that have a journal, sorted. */
export async function projectsWithJournals(): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(pollerJournalFolder()));
    return entries.flatMap(({ name }) =>
      name.endsWith(journalEnding) ? [decodeURIComponent(name.slice(0, -journalEnding.length))] : []
    ).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Reads what a project's poller has in hand, without disturbing it. */
export async function readPollerState(
  projectId: string,
  path: string = pollerJournalPath(projectId),
): Promise<PollerState> {
  const { entries } = await readJournal(path, parsePollerEntry);
  return new PollerState(entries);
}

/** Only this folder is private: programs of other users may live in the one above. */
async function makePrivateFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(path, { recursive: true });
    await Deno.chmod(path, 0o700);
  }
}

/** A child process that is just being started has our locks until its program begins. */
const lockTimeoutMs = 500;

async function openUnlessHeld(path: string, projectId: string): Promise<Journal<PollerEntry>> {
  try {
    return await Journal.open(path, parsePollerEntry, { lockTimeoutMs });
  } catch (error) {
    if (!(error instanceof OpsdeckError && error.code === "LOCK_TIMEOUT")) throw error;
    throw new FileOperationError(
      `Cannot poll the project "${projectId}" as another poller works on it (it holds ` +
        `'${path}.lock'); wait until it has finished, or stop it`,
      { code: error.code, retryable: true, context: error.context, cause: error },
    );
  }
}
