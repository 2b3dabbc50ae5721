/** What became of each request of a run, as it becomes known. */

import type { Progress } from "../../core/command_line/mod.ts";
import { OpsdeckError } from "../../core/mod.ts";
import { failureOf, type FileOutcome, noFailure } from "./file_outcome.ts";
import type { RequestFile, RequestFileRow } from "./request_file.ts";

/** What a ledger needs besides ids and rows. */
export interface LedgerOptions<Outcome extends FileOutcome> {
  /** The fields that only this kind of outcome has, as they are when nothing was done. */
  blank: Omit<Outcome, keyof FileOutcome | "status">;
  /** Counts settled requests. */
  progress: Progress;
  /** Hears every outcome. */
  onOutcome: ((outcome: Outcome) => void) | undefined;
}

/** What became of each request so far. */
export class OutcomeLedger<Outcome extends FileOutcome & { status: string }> {
  readonly #ids: readonly number[];
  readonly #rows: ReadonlyMap<number, RequestFileRow>;
  readonly #settled = new Map<number, Outcome>();
  readonly #options: LedgerOptions<Outcome>;

  /** Begins with nothing known; the rows are by id. */
  constructor(
    ids: readonly number[],
    rows: ReadonlyMap<number, RequestFileRow>,
    options: LedgerOptions<Outcome>,
  ) {
    this.#ids = ids;
    this.#rows = rows;
    this.#options = options;
  }

  /** Notes what became of a request. */
  readonly settle = (
    requestId: number,
    fields: Partial<Outcome> & { status: string },
  ): void => {
    const row = this.#rows.get(requestId);
    const base: FileOutcome = {
      RequestID: requestId,
      DistrictID: row?.DistrictID ?? null,
      DataRequestTypeName: row?.DataRequestTypeName ?? null,
      server: null,
      source: null,
      target: null,
      bytes: null,
      sha256: null,
      passed_over: [],
      ...noFailure,
    };
    const { blank, progress, onOutcome } = this.#options;
    // The base, the blank fields and the status are all that an outcome has.
    const outcome = { ...base, ...blank, ...fields } as unknown as Outcome;
    this.#settled.set(requestId, outcome);
    progress.advance(1);
    onOutcome?.(outcome);
  };

  /** Notes that a request failed. */
  readonly fail = (requestId: number, error: unknown, known: Partial<Outcome> = {}): void => {
    this.settle(requestId, { ...known, ...failureOf(error), status: "failed" });
  };

  /** Notes that a request was not begun, as the run was stopped. */
  readonly stop = (requestId: number, known: Partial<Outcome> = {}): void => {
    const stopped = new OpsdeckError(
      "Cannot begin the request as the run was stopped; run this again",
      { code: "STOPPED", retryable: true },
    );
    this.settle(requestId, { ...known, ...failureOf(stopped), exit_code: null, status: "stopped" });
  };

  /** Gives those of which nothing is known yet. */
  open(requests: readonly RequestFile[]): RequestFile[] {
    return requests.filter(({ requestId }) => !this.#settled.has(requestId));
  }

  /** Gives all outcomes, in the order of the ids. */
  outcomes(): Map<number, Outcome> {
    return new Map(
      this.#ids.flatMap((id) => {
        const outcome = this.#settled.get(id);
        return outcome === undefined ? [] : [[id, outcome] as const];
      }),
    );
  }
}
