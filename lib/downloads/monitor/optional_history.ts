/** The history for those who have something to tell without it, too. */

import { errorReason, getLogger, OpsdeckError } from "../../core/mod.ts";
import { DownloadHistory, type HistoryOptions } from "./download_history.ts";
import type { StatePaths } from "./state_paths.ts";

const log = getLogger("downloads");

/** A history that may fail: what cannot be read is given as if nothing had been kept. */
export class OptionalHistory implements Disposable {
  readonly #history: DownloadHistory | undefined;
  readonly #onProblem: ((reason: string) => void) | undefined;

  private constructor(
    history: DownloadHistory | undefined,
    onProblem: ((reason: string) => void) | undefined,
  ) {
    this.#history = history;
    this.#onProblem = onProblem;
  }

  /**
   * Opens the history.
   *
   * @param onProblem gets to know what goes wrong; without it, that is thrown
   * @throws CacheDatabaseError, here and in {@link use}, without `onProblem`
   */
  static async open(
    paths: StatePaths,
    options: HistoryOptions,
    onProblem: ((reason: string) => void) | undefined,
  ): Promise<OptionalHistory> {
    try {
      return new OptionalHistory(await DownloadHistory.open(paths, options), onProblem);
    } catch (error) {
      tell(error, onProblem);
      return new OptionalHistory(undefined, onProblem);
    }
  }

  /** Gives what `work` gives, or `otherwise` when the history fails. */
  use<T>(work: (history: DownloadHistory) => T, otherwise: T): T {
    if (this.#history === undefined) return otherwise;
    try {
      return work(this.#history);
    } catch (error) {
      tell(error, this.#onProblem);
      return otherwise;
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#history?.[Symbol.dispose]();
  }
}

function tell(error: unknown, onProblem: ((reason: string) => void) | undefined): void {
  if (onProblem === undefined || !(error instanceof OpsdeckError)) throw error;
  onProblem(errorReason(error));
  log.warning("Cannot use the history of downloads: {reason}", { reason: errorReason(error) });
}
