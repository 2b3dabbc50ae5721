/** What a poller has in hand, as its journal tells it. */

import { ErrorCategory, ErrorSeverity, ExitCode, FileOperationError } from "../../core/mod.ts";
import type { PassEntry, PollerEntry } from "./poller_entry.ts";

/**
 * How far a claim is:
 *
 * - `intended`: the file may still be at `from`, may be ours at `parked`, or another poller's
 * - `named`: it is ours, at `parked` or at `to`
 * - `moved`: it is ours, at `to`
 * - `batched`: so, and in a batch
 */
export type ClaimStage = "intended" | "named" | "moved" | "batched";

/** One file that this poller claims. */
export interface Claim {
  readonly id: string;
  readonly server: string;
  readonly from: string;
  readonly parked: string;
  to: string | undefined;
  stage: ClaimStage;
  readonly since: string;
}

/** How far a batch is; what was acknowledged or forgotten is gone. */
export type BatchStage = "waiting" | "failed";

/** Files that go out together. */
export interface Batch {
  /** The id that the receiver deduplicates by. */
  readonly id: string;
  /** Where it goes: `api`, or `queue:<flow>`. */
  readonly target: string;
  readonly claims: readonly Claim[];
  /** What is sent, to the byte. */
  readonly body: string;
  readonly since: string;
  stage: BatchStage;
  /** A message may have arrived. */
  mayHaveArrived: boolean;
  /** How often it was deferred or refused. */
  failures: number;
  /** Why, the last time. */
  reason: string | undefined;
}

/** How the last pass ended. */
export interface LastPass {
  /** When it ended: ISO 8601, UTC. */
  at: string;
  /** The counts of its report. */
  counts: Record<string, number>;
  /** Why it ended early; null when it did not. */
  error: string | null;
}

/** Beyond that, one failure more says nothing new. */
const mostFailuresKept = 20;

/** The state after some lines of a journal. */
export class PollerState {
  /** Claims that are not delivered yet, by id. */
  readonly claims: Map<string, Claim> = new Map();
  /** Batches that are not delivered yet, by id, the oldest first. */
  readonly batches: Map<string, Batch> = new Map();
  /** The last pass, if there was one. */
  lastPass: LastPass | undefined;

  /** Makes the state after these lines. */
  constructor(entries: Iterable<PollerEntry> = []) {
    for (const entry of entries) this.apply(entry);
  }

  /**
   * Takes one more line into account.
   *
   * @throws FileOperationError with the code `DATA_CORRUPTION` when it cannot follow the others.
   */
  apply(entry: PollerEntry): void {
    switch (entry.type) {
      case "intent": {
        const { claim: id, server, from, parked, at } = entry;
        const claim = { id, server, from, parked, to: undefined, since: at };
        this.claims.set(id, { ...claim, stage: "intended" });
        return;
      }
      case "naming":
        Object.assign(this.#claim(entry.claim), { stage: "named", to: entry.to });
        return;
      case "moved":
        this.#claim(entry.claim).stage = "moved";
        return;
      case "lost":
        this.claims.delete(this.#claim(entry.claim).id);
        return;
      case "batched":
        this.#addBatch(entry);
        return;
      case "sent":
        this.#batch(entry.batch).mayHaveArrived = true;
        return;
      case "deferred":
      case "failed": {
        const batch = this.#batch(entry.batch);
        batch.failures = Math.min(batch.failures + 1, mostFailuresKept);
        batch.reason = entry.reason;
        batch.stage = entry.type === "failed" ? "failed" : "waiting";
        return;
      }
      case "retried":
        this.#batch(entry.batch).stage = "waiting";
        return;
      case "acknowledged":
      case "forgotten":
        this.#removeBatch(entry.batch);
        return;
      case "pass":
        this.lastPass = passOf(entry);
    }
  }

  /** Gives lines that lead to this state, as few as possible: what is over leaves none. */
  entries(): PollerEntry[] {
    return [
      ...[...this.claims.values()].flatMap(claimEntries),
      ...[...this.batches.values()].flatMap(batchEntries),
      ...(this.lastPass === undefined ? [] : [{ type: "pass" as const, ...this.lastPass }]),
    ];
  }

  #addBatch(entry: PollerEntry & { type: "batched" }): void {
    const { batch: id, target, body, at: since } = entry;
    const claims = entry.claims.map((claim) => this.#claim(claim));
    for (const claim of claims) claim.stage = "batched";
    this.batches.set(id, {
      id,
      target,
      claims,
      body,
      since,
      stage: "waiting",
      mayHaveArrived: false,
      failures: 0,
      reason: undefined,
    });
  }

  #removeBatch(id: string): void {
    for (const claim of this.#batch(id).claims) this.claims.delete(claim.id);
    this.batches.delete(id);
  }

  #claim(id: string): Claim {
    return this.claims.get(id) ?? outOfOrder(`the claim ${id}`);
  }

  #batch(id: string): Batch {
    return this.batches.get(id) ?? outOfOrder(`the batch ${id}`);
  }
}

function passOf({ at, counts, error }: PassEntry & { at: string }): LastPass {
  return { at, counts, error };
}

function claimEntries({ id, server, from, parked, to, stage, since: at }: Claim): PollerEntry[] {
  const lines: PollerEntry[] = [{ type: "intent", claim: id, server, from, parked, at }];
  if (to !== undefined) lines.push({ type: "naming", claim: id, to, at });
  if (stage === "moved" || stage === "batched") lines.push({ type: "moved", claim: id, at });
  return lines;
}

function batchEntries(batch: Batch): PollerEntry[] {
  const { id, target, claims, body, since: at, stage, mayHaveArrived, failures, reason } = batch;
  const lines: PollerEntry[] = [
    { type: "batched", batch: id, target, claims: claims.map((claim) => claim.id), body, at },
  ];
  if (mayHaveArrived) lines.push({ type: "sent", batch: id, at });
  for (let failure = 1; failure <= failures; failure++) {
    const type = stage === "failed" && failure === failures ? "failed" : "deferred";
    lines.push({ type, batch: id, reason: reason ?? "", at });
  }
  return lines;
}

function outOfOrder(what: string): never {
  throw new FileOperationError(
    `Cannot follow the poller's journal as it says something of ${what} before its beginning; ` +
      "restore the journal from a backup, or move it away to start without it",
    {
      code: "DATA_CORRUPTION",
      category: ErrorCategory.DATA_CORRUPTION,
      severity: ErrorSeverity.CRITICAL,
      exitCode: ExitCode.localStore,
    },
  );
}
