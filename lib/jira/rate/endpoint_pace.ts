/**
 * How fast one endpoint, or the whole site, may be asked: how many requests at once, how many a
 * second, and not before when. Arithmetic alone; the clock comes in with every call.
 */

/** What limits of a {@link EndpointPace} can be set. */
export interface PaceOptions {
  /** The most requests at once. Defaults to no limit. */
  maxWindow?: number;
}

/** The rate after a limit was met, as a part of the one that was let through. */
const backOff = 0.9;
/** What the rate is multiplied with in a second: before it is known, far from the limit, near it. */
const growthUnknown = 2;
const growthFar = 1.1;
const growthNear = 1.02;
/** Rates, in requests a second: after a limit before which nothing passed; bounds of the rest. */
const firstRate = 2;
const slowest = 0.1;
const fastest = 1000;
/** Requests may catch up so much when a timer was late. */
const catchUpMs = 25;
/** A second is the shortest time over which a rate is known: bursts are let through at first. */
const minMeasureMs = 1000;

/**
 * Additive increase and multiplicative decrease of the requests at once, and a rate that is
 * measured when a limit is met: what came through since the last time is what the limit allows. The
 * rate then stays under it, creeps up near it and grows faster past it, so that few requests are
 * refused.
 */
export class EndpointPace {
  readonly #maxWindow: number;
  #window: number;
  #inFlight = 0;
  #openAt = 0;
  #nextAt = 0;
  #ratePerSecond = Infinity;
  #lastLimit = Infinity;
  #grownAt = 0;
  #cutAt = -Infinity;
  #countedFrom: number | undefined;
  #passed = 0;
  #strikes = 0;
  #isGuess = false;

  /** Makes a pace without any limit but that of the options. */
  constructor(options: PaceOptions = {}) {
    this.#maxWindow = options.maxWindow ?? 1000;
    this.#window = this.#maxWindow;
  }

  /** Limits met in a row without a request that came through. */
  get strikes(): number {
    return this.#strikes;
  }

  /** How many requests are on their way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The time from which on the next request may start; Infinity while too many are in flight. */
  readyAt(): number {
    if (this.#inFlight >= Math.max(1, Math.floor(this.#window))) return Infinity;
    return Math.max(this.#openAt, this.#nextAt);
  }

  /** The time until which nothing may start, whatever is in flight. */
  get openAt(): number {
    return this.#openAt;
  }

  /** Counts a request that starts. */
  start(now: number): void {
    this.#inFlight++;
    this.#countedFrom ??= now;
    this.#grow(now);
    if (this.#ratePerSecond === Infinity) return;
    this.#nextAt = Math.max(this.#nextAt, now - catchUpMs) + 1000 / this.#ratePerSecond;
  }

  /** Counts a request that has ended, in whatever way. */
  end(): void {
    this.#inFlight--;
  }

  /** Hears that a request came through. */
  pass(): void {
    this.#passed++;
    this.#strikes = 0;
    this.#window = Math.min(this.#maxWindow, this.#window + 1 / this.#window);
  }

  /**
   * Hears that a request was refused because of a limit, and waits.
   *
   * @param startedAt when the refused request began; of those that were on their way together, the
   * first one counts
   */
  limit(now: number, startedAt: number, waitMs: number): void {
    this.#openAt = Math.max(this.#openAt, now + waitMs);
    if (startedAt < this.#cutAt) return;
    this.#strikes++;
    this.#cutWindow();
    this.#ratePerSecond = this.#measure(now);
    this.#nextAt = Math.max(this.#nextAt, this.#openAt);
    this.#cutAt = this.#openAt;
    this.#grownAt = this.#openAt;
    this.#countedFrom = now;
    this.#passed = 0;
  }

  /** Hears that the server is strained (5xx, a lost connection): fewer at once. */
  strain(now: number, startedAt: number): void {
    if (startedAt < this.#cutAt) return;
    this.#cutAt = now;
    this.#cutWindow();
  }

  /** Holds everything back for a while, without a request having been refused. */
  pause(until: number): void {
    this.#openAt = Math.max(this.#openAt, until);
  }

  /** Keeps to a rate that the server itself has named; Infinity takes it away. */
  keepTo(perSecond: number, now: number): void {
    if (this.#ratePerSecond > perSecond) this.#nextAt = now + 1000 / perSecond;
    this.#ratePerSecond = perSecond;
    this.#lastLimit = perSecond;
    this.#grownAt = now;
  }

  /** The rate to go on with: under what came through, or half of the present one if nothing did. */
  #measure(now: number): number {
    const present = Math.min(this.#ratePerSecond, firstRate);
    if (this.#passed === 0) return Math.max(slowest, present / 2);
    const elapsedMs = Math.max(minMeasureMs, now - (this.#countedFrom ?? now));
    const measured = (this.#passed / elapsedMs) * 1000;
    // The first burst is let through at once and says little of the rate.
    this.#isGuess = this.#ratePerSecond === Infinity;
    this.#lastLimit = Math.min(measured, this.#ratePerSecond);
    return Math.max(slowest, this.#lastLimit * backOff);
  }

  #cutWindow(): void {
    const used = Math.min(this.#window, Math.max(this.#inFlight, 1));
    this.#window = Math.max(1, used / 2);
  }

  #grow(now: number): void {
    const seconds = (now - this.#grownAt) / 1000;
    if (this.#ratePerSecond === Infinity || seconds <= 0) return;
    this.#grownAt = now;
    const part = this.#ratePerSecond / this.#lastLimit;
    const isNear = part > 0.85 && part < 1.1;
    const growth = this.#isGuess ? growthUnknown : isNear ? growthNear : growthFar;
    this.#ratePerSecond *= growth ** Math.min(seconds, 10);
    if (this.#ratePerSecond > fastest) this.#ratePerSecond = Infinity;
  }
}
