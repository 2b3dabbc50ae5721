/** Calls that wait to be sent: by endpoint in their order, or until a time of their own. */

import type { OpsdeckError } from "../../core/mod.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import { resolveEndpoint } from "../client/site_url.ts";
import type { RateGate } from "../rate/rate_gate.ts";
import { type RequestScope, requestScope } from "../rate/request_scope.ts";

/** A request on its way through the dispatcher. */
export interface Call {
  index: number;
  request: JiraRequest;
  scope: RequestScope;
  attempts: number;
  /** Tries that failed, without those that a limit refused. */
  failures: number;
  firstAt: number | undefined;
  limitedAt: number | undefined;
  /** How many answers of any request had come when this one was first sent. */
  answersBefore: number;
  status: number | null;
  failure: OpsdeckError | undefined;
}

/** The waiting calls of one endpoint, those that are sent again first. */
interface Lane {
  again: Call[];
  calls: Call[];
  at: number;
}

/** Which calls wait, and which of them may start. */
export class WaitingCalls {
  readonly #lanes = new Map<string, Lane>();
  #delayed: { call: Call; at: number }[] = [];
  /** By issue, the writes behind one that has not ended. */
  readonly #behind = new Map<string, Call[]>();

  /** Adds a call behind those of its endpoint; a write behind an earlier one to its issue waits for it. */
  add(call: Call): void {
    const { issue } = call.scope;
    const behind = issue === undefined ? undefined : this.#behind.get(issue);
    if (behind !== undefined) return void behind.push(call);
    if (issue !== undefined) this.#behind.set(issue, []);
    this.#laneOf(call).calls.push(call);
  }

  /** Lets the next write to the issue of a call that has ended go. */
  release({ scope: { issue } }: Call): void {
    if (issue === undefined) return;
    const next = this.#behind.get(issue)?.shift();
    if (next === undefined) this.#behind.delete(issue);
    else this.addAgain(next);
  }

  /** Adds a call that is sent again, before the others of its endpoint. */
  addAgain(call: Call): void {
    this.#laneOf(call).again.push(call);
  }

  /** Adds a call that is sent again at a time, before the others of its endpoint. */
  addAt(call: Call, at: number): void {
    this.#delayed.push({ call, at });
  }

  /**
   * Takes the first call that may start, or gives the time at which one may; Infinity when that is
   * not known.
   *
   * @param onHopeless hears of calls that a limit holds back for longer than `maxWaitMs`; they do
   * not wait any more
   */
  takeReady(
    now: number,
    { gate, maxWaitMs, onHopeless }: {
      gate: RateGate;
      maxWaitMs: number;
      onHopeless: (call: Call, waitMs: number) => void;
    },
  ): Call | number {
    this.#takeDue(now);
    let first: { lane: Lane; call: Call } | undefined;
    let soonest = this.#delayed.reduce((least, { at }) => Math.min(least, at), Infinity);
    for (const lane of this.#lanes.values()) {
      this.#passHeld(lane, now, gate, maxWaitMs, onHopeless);
      const call = peek(lane);
      if (call === undefined) continue;
      const readyAt = gate.readyAt(call.scope);
      if (readyAt > now) soonest = Math.min(soonest, readyAt);
      else if (first === undefined || call.index < first.call.index) first = { lane, call };
    }
    if (first === undefined) return soonest;
    take(first.lane);
    return first.call;
  }

  /** Takes all calls, in their order. */
  takeAll(): Call[] {
    const calls = [...this.#delayed.map(({ call }) => call), ...[...this.#behind.values()].flat()];
    this.#delayed = [];
    this.#behind.clear();
    for (const lane of this.#lanes.values()) {
      for (let call = take(lane); call !== undefined; call = take(lane)) calls.push(call);
    }
    return calls.sort((a, b) => a.index - b.index);
  }

  /** Takes calls off the beginning of a lane that their issue holds back, or that are hopeless. */
  #passHeld(
    lane: Lane,
    now: number,
    gate: RateGate,
    maxWaitMs: number,
    onHopeless: (call: Call, waitMs: number) => void,
  ): void {
    for (let call = peek(lane); call !== undefined; call = peek(lane)) {
      const waitMs = gate.openAt(call.scope) - now;
      const issueOpenAt = gate.issueOpenAt(call.scope);
      if (waitMs <= maxWaitMs && issueOpenAt <= now) return;
      take(lane);
      if (waitMs > maxWaitMs) onHopeless(call, waitMs);
      else this.#delayed.push({ call, at: issueOpenAt });
    }
  }

  #takeDue(now: number): void {
    if (this.#delayed.length === 0) return;
    const due = this.#delayed.filter(({ at }) => at <= now);
    this.#delayed = this.#delayed.filter(({ at }) => at > now);
    for (const { call } of due) this.addAgain(call);
  }

  #laneOf({ scope }: Call): Lane {
    const known = this.#lanes.get(scope.endpoint);
    if (known !== undefined) return known;
    const lane: Lane = { again: [], calls: [], at: 0 };
    this.#lanes.set(scope.endpoint, lane);
    return lane;
  }
}

function peek(lane: Lane): Call | undefined {
  return lane.again[0] ?? lane.calls[lane.at];
}

function take(lane: Lane): Call | undefined {
  return lane.again.shift() ?? lane.calls[lane.at++];
}

/** Makes the call of a request that has not been sent yet. */
export function newCall(site: URL, index: number, request: JiraRequest): Call {
  const { pathname } = resolveEndpoint(site, request.endpoint);
  return {
    index,
    request,
    scope: requestScope(request.method, pathname),
    attempts: 0,
    failures: 0,
    firstAt: undefined,
    limitedAt: undefined,
    answersBefore: 0,
    status: null,
    failure: undefined,
  };
}
