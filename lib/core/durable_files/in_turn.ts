/** One after the other, by name, within this process. */

/** Who waits for a turn, by key, in order. A key is here as long as somebody has its turn. */
const waitingByKey = new Map<string, (() => void)[]>();

/** A place in the queue of a key. */
export interface Turn {
  /** Resolves when the turn has come; never rejects. */
  come: Promise<void>;
  /** Ends the turn, or leaves the queue before it has come. Must be called in any case. */
  end: () => void;
}

/** Queues for a turn: first come, first served. */
export function queueTurn(key: string): Turn {
  const { promise: come, resolve: begin } = Promise.withResolvers<void>();
  const waiting = waitingByKey.get(key);
  if (waiting === undefined) {
    waitingByKey.set(key, []);
    begin();
  } else {
    waiting.push(begin);
  }
  let ended = false;
  return {
    come,
    end() {
      if (ended) return;
      ended = true;
      leave(key, begin);
    },
  };
}

/** Tells whether anybody has the turn of a key. */
export function isTurnTaken(key: string): boolean {
  return waitingByKey.has(key);
}

function leave(key: string, begin: () => void): void {
  const waiting = waitingByKey.get(key) ?? [];
  const place = waiting.indexOf(begin);
  if (place >= 0) {
    waiting.splice(place, 1);
    return;
  }
  const next = waiting.shift();
  if (next === undefined) waitingByKey.delete(key);
  else next();
}
