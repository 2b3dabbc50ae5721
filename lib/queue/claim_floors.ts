/**
 * Where the next claim may begin, so that it does not walk the dead entries of records claimed
 * before. As long as any old snapshot is held in the database, no vacuum can remove those entries,
 * and a claim that begins at the beginning gets slower with every record that was ever claimed.
 *
 * A floor narrows what a claim looks at and nothing else: a wrong one can delay a record, never
 * give it out twice. What lies behind a floor (a record given back with its old place, committed
 * late, inserted with a past `run_at`) is found by a rescan: the first claim of a process, one
 * whenever a bounded claim finds nothing, and one at least every 10 seconds.
 */

import type { DatabaseManager } from "../database/mod.ts";

/** A place in the claim's order within a priority. */
export interface ClaimPlace {
  /** `run_at` in seconds since 1970, with its microseconds. */
  seconds: number;
  /** The record's id. */
  id: number;
}

/** How the next claim looks for records. */
export interface ClaimPlan {
  /** Look everywhere, or above the floors only. */
  isRescan: boolean;
  /** The known priorities with their floors, most urgent first; empty for a rescan. */
  floors: [priority: number, place: ClaimPlace][];
  /** The generation of the floors that the plan was made from. */
  generation: number;
}

/** What a claim found, as far as floors are concerned. */
export interface ClaimFinding {
  /** Where the records claimed end, for each of their priorities. */
  lastPlaces: readonly (ClaimPlace & { priority: number })[];
  /** There were fewer than were asked for. */
  isShort: boolean;
  /** The server's clock at the claim, in seconds since 1970. */
  serverSeconds: number;
  /** How long the server took, in milliseconds. */
  tookMs: number;
}

// A record may be committed a little after its `run_at`; a floor stays this far behind the clock.
const slackSeconds = 0.2;
// A rescan may take about a twentieth of the time, and is never put off for longer than the most.
const restFactor = 20;
const minRestMs = 100;
const maxRestMs = 10_000;

/** The floors of one flow, shared by all claims of a process on one database. */
export class ClaimFloors {
  readonly #floors = new Map<number, ClaimPlace>();
  readonly #now: () => number;
  #generation = 0;
  #rescanAt = -Infinity;

  /** Makes floors that know nothing yet, so that the first plan is a rescan. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Plans the next claim: a rescan when one is due, else above the floors. */
  plan(): ClaimPlan {
    if (this.#now() >= this.#rescanAt) return this.planRescan();
    const floors = [...this.#floors].sort(([a], [b]) => a - b);
    return { isRescan: false, floors, generation: this.#generation };
  }

  /** Plans a rescan, due or not. */
  planRescan(): ClaimPlan {
    // Until its answer is here, other claims of the process go by the floors.
    this.#rescanAt = this.#now() + maxRestMs;
    return { isRescan: true, floors: [], generation: this.#generation };
  }

  /** Learns from the answer to a plan. */
  learn(plan: ClaimPlan, finding: ClaimFinding): void {
    const cap: ClaimPlace = { seconds: finding.serverSeconds - slackSeconds, id: 0 };
    if (plan.isRescan) {
      this.#generation++;
      const restMs = Math.min(Math.max(finding.tookMs * restFactor, minRestMs), maxRestMs);
      this.#rescanAt = this.#now() + restMs;
    } else if (plan.generation !== this.#generation) {
      // A rescan has looked since, and may have set a floor lower for a reason.
      return;
    }
    for (const { priority, ...place } of finding.lastPlaces) {
      const floor = isAfter(place, cap) ? cap : place;
      if (plan.isRescan) this.#floors.set(priority, floor);
      else this.#raise(priority, floor);
    }
    if (finding.isShort) {
      for (const priority of this.#floors.keys()) this.#raise(priority, cap);
    }
  }

  /** Makes the next plan a rescan, as records were put behind the floors. */
  forget(): void {
    this.#rescanAt = -Infinity;
  }

  #raise(priority: number, place: ClaimPlace): void {
    const known = this.#floors.get(priority);
    if (known === undefined || isAfter(place, known)) this.#floors.set(priority, place);
  }
}

function isAfter(a: ClaimPlace, b: ClaimPlace): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.id > b.id);
}

const floorsByDatabase = new WeakMap<DatabaseManager, Map<string, ClaimFloors>>();

/** Gives the floors of a flow that all processors over this database share. */
export function claimFloorsOf(database: DatabaseManager, flowName: string): ClaimFloors {
  let byFlow = floorsByDatabase.get(database);
  if (byFlow === undefined) floorsByDatabase.set(database, byFlow = new Map());
  let floors = byFlow.get(flowName);
  if (floors === undefined) byFlow.set(flowName, floors = new ClaimFloors());
  return floors;
}

/** Makes the next claims on this database look everywhere, as records were put back. */
export function forgetClaimFloors(database: DatabaseManager): void {
  for (const floors of floorsByDatabase.get(database)?.values() ?? []) floors.forget();
}
