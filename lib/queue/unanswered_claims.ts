/** Claims whose answer was lost on the way: the server may have run them, now or in a moment. */

/** A claim that was sent and not answered. */
export interface UnansweredClaim {
  /** The claim's name. */
  claimName: string;
  /** When to stop looking for what it got, by `performance.now()`: never before the first look. */
  forgetAtMs: number;
}

/**
 * How long a claim is looked for after the first look. The server may get to a statement after its
 * connection broke; one that takes longer than this leaves its records to the cleanup.
 */
const lookForMs = 60_000;

/** The unanswered claims of a process, by flow. */
export class UnansweredClaims {
  readonly #byFlow = new Map<string, UnansweredClaim[]>();

  /** Notes a claim that was not answered. */
  add(flowName: string, claimName: string): void {
    this.putBack(flowName, [{ claimName, forgetAtMs: Infinity }]);
  }

  /** Takes a claim back that got nothing that can be seen yet. */
  putBackUnseen(flowName: string, { claimName, forgetAtMs }: UnansweredClaim): void {
    const latest = performance.now() + lookForMs;
    this.putBack(flowName, [{ claimName, forgetAtMs: Math.min(forgetAtMs, latest) }]);
  }

  /** How many claims of a flow are worth looking for. */
  count(flowName: string): number {
    const now = performance.now();
    return (this.#byFlow.get(flowName) ?? []).filter((claim) => claim.forgetAtMs > now).length;
  }

  /** Hands out the claims of a flow that are worth looking for, to one caller alone. */
  take(flowName: string): UnansweredClaim[] {
    const claims = this.#byFlow.get(flowName) ?? [];
    this.#byFlow.delete(flowName);
    const now = performance.now();
    return claims.filter((claim) => claim.forgetAtMs > now);
  }

  /** Takes claims back that are to be looked for again. */
  putBack(flowName: string, claims: readonly UnansweredClaim[]): void {
    if (claims.length === 0) return;
    this.#byFlow.set(flowName, [...claims, ...this.#byFlow.get(flowName) ?? []]);
  }
}
