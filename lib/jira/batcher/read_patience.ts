/** How long a stop waits for the answers to what only reads. */

import { isRead, type JiraRequest } from "../client/jira_request.ts";

/** An answer that comes within this time is still of use; nothing is lost by asking again. */
const patienceMs = 5_000;

/** Gives up reads some time after a stop; disposing of it ends its timer. */
export class ReadPatience implements Disposable {
  readonly #stop: AbortSignal | undefined;
  readonly #end = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Waits for the stop. */
  constructor(stop: AbortSignal | undefined) {
    this.#stop = stop;
    if (stop?.aborted) this.#begin();
    else stop?.addEventListener("abort", this.#begin, { once: true });
  }

  /** The signal that gives a request up: none for a write, whose answer alone tells what it did. */
  signalOf(request: JiraRequest): AbortSignal | undefined {
    return isRead(request) ? this.#end.signal : undefined;
  }

  /** Ends the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stop?.removeEventListener("abort", this.#begin);
  }

  readonly #begin = () => {
    this.#timer = setTimeout(() => this.#end.abort(this.#stop?.reason), patienceMs);
  };
}
