/** When the next request may start, by all that a site has said about its limits. */

import { backoffDelayMs } from "../../core/mod.ts";
import { EndpointPace } from "./endpoint_pace.ts";
import type { RateAdvice } from "./rate_advice.ts";
import type { RequestScope } from "./request_scope.ts";

/** A pause after a 429 that names no time; it doubles while nothing comes through. */
const unnamedWait = { initialDelayMs: 1000, maxDelayMs: 60_000, jitter: 0.5 };

/** How many requests in a row may go without an answer before all wait, and how long they do. */
const silencesToPause = 3;
const silentWait = { initialDelayMs: 250, maxDelayMs: 1_000 };

/** A quota of nothing is answered with a wait of 292 million years; it may be raised before that. */
const longestPauseMs = 86_400_000;
const shortestPauseMs = 100;

/**
 * The limits of one site and login, shared by all that a client sends.
 *
 * A 429 slows what its `RateLimit-Reason` concerns: `jira-burst-based` the endpoint with its method,
 * `jira-per-issue-on-write` the issue, any other and none the whole site.
 */
export class RateGate {
  readonly #site = new EndpointPace();
  readonly #endpoints = new Map<string, EndpointPace>();
  readonly #issueOpenAt = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #random: () => number;
  #answers = 0;
  #silences = 0;

  /** Makes an open gate. `random` is the chance in waits, for tests. */
  constructor({ random = Math.random }: { random?: () => number } = {}) {
    this.#random = random;
  }

  /** How many answers came so far, of whatever status. */
  get answers(): number {
    return this.#answers;
  }

  /** How many requests in a row had no answer, up to now. */
  get silences(): number {
    return this.#silences;
  }

  /** The time from which on a request may start; Infinity while too many are in flight. */
  readyAt(scope: RequestScope): number {
    return Math.max(this.#site.readyAt(), this.#endpoint(scope).readyAt(), this.issueOpenAt(scope));
  }

  /** The time until which a limit holds the request back, whatever is in flight. */
  openAt(scope: RequestScope): number {
    return Math.max(this.#site.openAt, this.#endpoint(scope).openAt, this.issueOpenAt(scope));
  }

  /** The time until which the request's issue may not be written. */
  issueOpenAt({ issue }: RequestScope): number {
    return issue === undefined ? 0 : this.#issueOpenAt.get(issue) ?? 0;
  }

  /** Counts a request that starts. */
  start(scope: RequestScope, now: number): void {
    for (const pace of this.#paces(scope)) pace.start(now);
  }

  /**
   * Counts a request that has ended, and learns from its answer.
   *
   * @param status the answer's status; undefined when the connection was lost
   */
  finish(
    scope: RequestScope,
    ended: { now: number; startedAt: number; status?: number; advice?: RateAdvice },
  ): void {
    const { now, startedAt, status, advice } = ended;
    for (const pace of this.#paces(scope)) pace.end();
    this.#countAnswer(now, status !== undefined);
    if (status === 429) this.#limit(scope, now, startedAt, advice);
    else if (status === undefined || status >= 500) {
      this.#endpoint(scope).strain(now, startedAt);
      if (advice?.retryAfterMs !== undefined) this.#pauseSite(now, advice.retryAfterMs);
    } else {
      for (const pace of this.#paces(scope)) pace.pass();
      if (advice !== undefined) this.#heed(scope, now, startedAt, advice);
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls the listener whenever a request has ended; gives a function that ends that. */
  onFinish(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A site that answers nobody is not knocked at by a thousand requests in a second. */
  #countAnswer(now: number, isAnswer: boolean): void {
    if (isAnswer) {
      this.#answers++;
      this.#silences = 0;
    } else if (++this.#silences >= silencesToPause) {
      this.#site.pause(now + backoffDelayMs(this.#silences - silencesToPause + 1, silentWait));
    }
  }

  #limit(scope: RequestScope, now: number, startedAt: number, advice?: RateAdvice): void {
    const reason = advice?.reason;
    const { issue } = scope;
    const pace = reason === "jira-burst-based" ? this.#endpoint(scope) : this.#site;
    const asked = advice?.retryAfterMs ?? (advice?.resetInMs || undefined) ??
      backoffDelayMs(pace.strikes + 1, { ...unnamedWait, random: this.#random });
    const waitMs = Math.min(Math.max(asked, shortestPauseMs), longestPauseMs);
    if (reason === "jira-per-issue-on-write" && issue !== undefined) {
      this.#issueOpenAt.set(issue, Math.max(this.issueOpenAt(scope), now + waitMs));
    } else {
      pace.limit(now, startedAt, waitMs);
    }
  }

  /** Slows before a limit is met, where the server tells that it is near. */
  #heed(scope: RequestScope, now: number, startedAt: number, advice: RateAdvice): void {
    const { remaining, resetInMs, fillPerSecond, isNearLimit } = advice;
    if (fillPerSecond !== undefined && remaining !== undefined) {
      // Those in flight may be counted or not, and each of them may be followed by another.
      const isShort = remaining <= 2 * this.#site.inFlight + 1;
      this.#site.keepTo(isShort ? fillPerSecond : Infinity, now);
      if (remaining === 0) this.#pauseSite(now, 1000 / fillPerSecond);
    } else if (remaining === 0 && resetInMs !== undefined) {
      this.#pauseSite(now, resetInMs);
    } else if (isNearLimit) {
      this.#endpoint(scope).strain(now, startedAt);
    }
  }

  #pauseSite(now: number, ms: number): void {
    this.#site.pause(now + Math.min(ms, longestPauseMs));
  }

  #paces(scope: RequestScope): EndpointPace[] {
    return [this.#site, this.#endpoint(scope)];
  }

  #endpoint({ endpoint }: RequestScope): EndpointPace {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const pace = new EndpointPace();
    this.#endpoints.set(endpoint, pace);
    return pace;
  }
}
