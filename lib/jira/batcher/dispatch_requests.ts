/** Sending many requests: as many at once as allowed, as fast as the limits let them. */

import { ConfigurationError, OpsdeckError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { isRead, type JiraRequest } from "../client/jira_request.ts";
import { isUnanswered, wasNotProcessed } from "../client/transport_error.ts";
import type { BatchOutcome, SettledRequest } from "./batch_result.ts";
import { cancelled, notSentText, tooLong } from "./call_errors.ts";
import { type Attempt, judgeAttempt } from "./judge_attempt.ts";
import { ReadPatience } from "./read_patience.ts";
import { type Call, newCall, WaitingCalls } from "./waiting_calls.ts";

/** How {@link dispatchRequests} sends. */
export interface DispatchOptions {
  /** The most requests at once. Defaults to 10. */
  maxConcurrent?: number | undefined;
  /** How often a request is sent again after a failure. Defaults to 3. */
  maxRetries?: number;
  /**
   * Aborted to send nothing more: what is on its way is finished, the rest is `cancelled`. What only
   * reads is cancelled, too, when it has no answer 5 seconds later.
   */
  signal?: AbortSignal | undefined;
  /** Called before a request is sent for the first time; when it throws, all ends. */
  beforeSend?: (index: number) => Promise<void>;
  /** Hears of every request once, when it has ended; a promise is waited for. */
  onSettled: (index: number, settled: SettledRequest) => Promise<void> | void;
}

/** A bound for one timer; the loop looks again after it. */
const longestSleepMs = 60_000;
const defaultRetries = 3;

/**
 * Sends every request and reports each of them once. It starts them in their order, except that an
 * endpoint or an issue that must wait does not hold up the others. Of the writes to one issue, by
 * the same name, each starts when the one before it has ended.
 *
 * A refused login, and a site that cannot be reached, end it for all: the rest is reported as failed
 * without having been sent. A write without an answer, which is not tried again, does so only when as
 * many requests in a row had none as a read would be tried.
 *
 * @throws what `beforeSend` and `onSettled` throw, once what is on its way has ended.
 */
export async function dispatchRequests(
  client: JiraClient,
  requests: readonly JiraRequest[],
  options: DispatchOptions,
): Promise<void> {
  await new Dispatcher(client, requests, options).run();
}

class Dispatcher {
  readonly #client: JiraClient;
  readonly #options: DispatchOptions;
  readonly #calls = new WaitingCalls();
  #waiting: number;
  #running = 0;
  #fatal: OpsdeckError | undefined;
  readonly #patience: ReadPatience;
  #broken: { error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(client: JiraClient, requests: readonly JiraRequest[], options: DispatchOptions) {
    this.#client = client;
    this.#options = options;
    this.#patience = new ReadPatience(options.signal);
    this.#waiting = requests.length;
    for (const [index, request] of requests.entries()) {
      this.#calls.add(newCall(client.site, index, request));
    }
  }

  async run(): Promise<void> {
    const { signal, maxConcurrent = 10 } = this.#options;
    const wake = () => this.#wake();
    using _patience = this.#patience;
    const unsubscribe = this.#client.gate.onFinish(wake);
    signal?.addEventListener("abort", wake);
    try {
      while (this.#waiting > 0 || this.#running > 0) {
        if (signal?.aborted || this.#fatal || this.#broken) this.#endWaiting();
        const now = performance.now();
        const next = this.#running < maxConcurrent ? this.#takeReady(now) : Infinity;
        if (typeof next !== "number") this.#begin(next, now);
        else if (this.#waiting > 0 || this.#running > 0) await this.#sleep(next - now);
      }
    } finally {
      unsubscribe();
      signal?.removeEventListener("abort", wake);
    }
    if (this.#broken) throw this.#broken.error;
  }

  #takeReady(now: number): Call | number {
    const { gate, maxWaitMs } = this.#client;
    return this.#calls.takeReady(now, {
      gate,
      maxWaitMs,
      onHopeless: (call, waitMs) => this.#settle(call, "failed", tooLong(call, waitMs, maxWaitMs)),
    });
  }

  /** Ends what has not started, or waits to be sent again. */
  #endWaiting(): void {
    for (const call of this.#calls.takeAll()) {
      if (this.#fatal) this.#settle(call, "failed", this.#fatal, notSentText(call, this.#fatal));
      else this.#settle(call, "cancelled", cancelled(call));
    }
  }

  #begin(call: Call, now: number): void {
    this.#client.gate.start(call.scope, now);
    this.#waiting--;
    this.#track(this.#attempt(call));
  }

  async #attempt(call: Call): Promise<void> {
    const { gate } = this.#client;
    let startedAt = performance.now();
    let answered: Attempt | undefined;
    try {
      if (call.attempts === 0) await this.#options.beforeSend?.(call.index);
      startedAt = performance.now();
      call.firstAt ??= startedAt;
      if (call.attempts === 0) call.answersBefore = gate.answers;
      call.attempts++;
      answered = await this.#send(call.request);
    } finally {
      const answer = answered && "answer" in answered ? answered.answer : undefined;
      gate.finish(call.scope, {
        now: performance.now(),
        startedAt,
        ...(answer === undefined ? {} : { status: answer.status, advice: answer.advice }),
      });
    }
    if (answered === undefined) return await this.#report(call, "cancelled", cancelled(call));
    call.status = "answer" in answered ? answered.answer.status : null;
    await this.#conclude(call, answered);
  }

  /** Gives nothing when the request was given up. */
  async #send(request: JiraRequest): Promise<Attempt | undefined> {
    const signal = this.#patience.signalOf(request);
    try {
      return { answer: await this.#client.send(request, { signal }) };
    } catch (error) {
      if (signal?.aborted) return undefined;
      if (error instanceof OpsdeckError) return { error };
      throw error;
    }
  }

  async #conclude(call: Call, attempt: Attempt): Promise<void> {
    const isLimited = "answer" in attempt && attempt.answer.status === 429;
    if (!isLimited) call.failures++;
    const verdict = judgeAttempt(attempt, {
      request: call.request,
      failures: call.failures,
      maxRetries: this.#options.maxRetries ?? defaultRetries,
    });
    const now = performance.now();
    if (verdict.kind === "settled") {
      if (verdict.failure && this.#isFatal(call, verdict.failure)) this.#fatal ??= verdict.failure;
      const data = "answer" in attempt && attempt.answer.ok ? attempt.answer.data : null;
      return await this.#report(call, verdict.outcome, verdict.failure, { data });
    }
    call.failure = verdict.failure;
    if (verdict.isLimited) call.limitedAt ??= now;
    if (verdict.isLimited && now - (call.limitedAt ?? now) > this.#client.maxWaitMs) {
      return await this.#report(call, "failed", verdict.failure);
    }
    this.#waiting++;
    if (verdict.isLimited) this.#calls.addAgain(call);
    else this.#calls.addAt(call, now + verdict.delayMs);
  }

  /** Nobody has had an answer since the call was first sent: the others need not try as long. */
  #isFatal(call: Call, failure: OpsdeckError): boolean {
    const { gate } = this.#client;
    if (failure instanceof ConfigurationError) return true;
    if (!isUnanswered(failure) || gate.answers !== call.answersBefore) return false;
    const wasTriedOnce = !isRead(call.request) && !wasNotProcessed(failure);
    return !wasTriedOnce || gate.silences > (this.#options.maxRetries ?? defaultRetries);
  }

  /** Reports a call that waits. */
  #settle(call: Call, outcome: BatchOutcome, failure: OpsdeckError, error?: string): void {
    this.#waiting--;
    this.#track(this.#report(call, outcome, failure, { error }));
  }

  async #report(
    call: Call,
    outcome: BatchOutcome,
    failure: OpsdeckError | undefined,
    { data = null, error }: { data?: unknown; error?: string | undefined } = {},
  ): Promise<void> {
    this.#calls.release(call);
    const { firstAt, status, attempts } = call;
    const duration_ms = firstAt === undefined ? 0 : performance.now() - firstAt;
    const success = outcome === "succeeded";
    const result = {
      success,
      data,
      error: error ?? failure?.message ?? null,
      duration_ms: Math.round(duration_ms * 10) / 10,
      status,
      attempts,
      outcome,
    };
    await this.#options.onSettled(
      call.index,
      failure === undefined ? { result } : { result, failure },
    );
  }

  #track(work: Promise<void>): void {
    this.#running++;
    work.catch((error) => {
      this.#broken ??= { error };
    }).finally(() => {
      this.#running--;
      this.#wake();
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === Infinity
        ? undefined
        : setTimeout(() => this.#wake(), Math.min(Math.max(0, ms), longestSleepMs));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }
}
