/** What the benchmark asks of every queue, ours and the others'. */

/** A block of rows that stand in a queue's table before claims are timed. */
export interface Block {
  /** How many rows. */
  records: number;
  /** The flow that is claimed from, or another one that came first. */
  flow: "measured" | "other";
  /** Whether they wait or are done. */
  status: "pending" | "completed";
  /** Due one after the other, all at one moment, or only tomorrow. */
  due: "in turn" | "at one moment" | "tomorrow";
  /** Whether they are at a more urgent priority than the others. */
  urgent: boolean;
}

/** How a drain runs. */
export interface DrainRequest {
  /** Records claimed at a time; a system with batching of its own ignores it. */
  batchSize: number;
  /** Loops that claim and complete, each one batch at a time. */
  loops: number;
}

/** What a drain did. */
export interface DrainResult {
  /** The records finished. */
  records: number;
  /** What of the time was starting and stopping, in milliseconds; it is not counted. */
  startMs: number;
}

/** A queue under test. Handlers do nothing. */
export interface QueueSystem extends AsyncDisposable {
  /** Removes every record. */
  empty(): Promise<void>;
  /** Adds records through the public API, {@link enqueueChunk} a call. */
  enqueue(records: number): Promise<void>;
  /** Claims and completes until nothing is left. */
  drain(request: DrainRequest): Promise<DrainResult>;
  /** Puts rows into the table, by SQL, since it is not measured. */
  fill?(block: Block): Promise<void>;
  /** Claims once and gives how many records came. */
  claim?(batchSize: number): Promise<number>;
}

/** Records added in one call. */
export const enqueueChunk = 10_000;

/** Splits a number of records into chunks of {@link enqueueChunk} and a rest. */
export function* chunkSizes(records: number): Generator<number> {
  for (let left = records; left > 0; left -= enqueueChunk) yield Math.min(left, enqueueChunk);
}
