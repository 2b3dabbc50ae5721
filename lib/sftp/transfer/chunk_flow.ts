/** The parts of one file, many on their way at once. */

import type { Buffer } from "node:buffer";
import type { BufferPool } from "./buffer_pool.ts";
import { DonePrefix } from "./done_prefix.ts";
import { windowBytes } from "./flight_plan.ts";
import { type PartRange, PartsToDo } from "./parts_to_do.ts";
import type { RemoteHandle } from "./remote_handle.ts";
import { isSourceChange } from "./transfer_error.ts";

/** One part of a file. */
export interface Chunk extends PartRange {
  /** The handle to use. */
  lane: RemoteHandle;
  /** Lent: its first `length` bytes are the part's. */
  buffer: Buffer;
}

/** What {@link flowChunks} goes over. */
export interface ChunkFlow {
  /** Handles of the same file, each on a channel of its own. */
  lanes: readonly RemoteHandle[];
  /** Further ones, which join when they are open. The flow does not wait for them. */
  laterLanes?: Promise<readonly RemoteHandle[]>;
  pool: BufferPool;
  /** Where the first part begins. */
  from: number;
  /** Where the last one ends. */
  size: number;
  chunkBytes: number;
  /** Ends the flow; parts under way must end with it. */
  signal: AbortSignal;
  /** Deals with one part. When it throws, its buffer may still be written into. */
  work: (chunk: Chunk) => Promise<void>;
  /** Called whenever the file is whole up to a further position. */
  onPrefix?: (end: number) => void;
}

/** One part that does not come must not let the others run ahead without bound. */
const maxAheadBytes = 32 * 1024 * 1024;

/**
 * Deals with every part of a file. The first failure stops the taking of further parts; it is thrown
 * once all that were under way have settled. A later lane that fails does not count, unless it tells
 * that the source is another one: what it had under way is done again on the others.
 */
export async function flowChunks(flow: ChunkFlow): Promise<void> {
  const { lanes, laterLanes, pool, chunkBytes, signal, work, onPrefix } = flow;
  const parts = new PartsToDo(flow);
  const prefix = new DonePrefix(flow.from);
  const failures: unknown[] = [];
  const held: (() => void)[] = [];
  const release = () => held.splice(0).forEach((go) => go());
  // The part that all wait for is never ahead, in flight or not: somebody always goes on.
  const isAhead = () => parts.nextPosition - prefix.end > maxAheadBytes;

  const workOn = async (lane: RemoteHandle, isLater: boolean): Promise<void> => {
    while (parts.isAnyLeft && failures.length === 0) {
      signal.throwIfAborted();
      if (isAhead()) {
        await new Promise<void>((resolve) => held.push(resolve));
        continue;
      }
      const buffer = await pool.take();
      // Others may have taken parts, or failed, while this one waited.
      const part = failures.length > 0 || isAhead() ? undefined : parts.take();
      if (part === undefined) {
        pool.giveBack(buffer);
        continue;
      }
      try {
        await work({ lane, buffer, ...part });
      } catch (error) {
        pool.drop();
        if (!isLater || isSourceChange(error)) throw error;
        parts.putBack(part);
        return release();
      }
      pool.giveBack(buffer);
      prefix.add(part.position, part.length);
      onPrefix?.(prefix.end);
      release();
    }
  };

  const perLane = Math.max(1, Math.ceil(windowBytes / chunkBytes));
  const working = new Set<Promise<void>>();
  const startOn = (lane: RemoteHandle, isLater: boolean): void => {
    for (let count = 0; count < perLane; count++) {
      const worker = workOn(lane, isLater).catch((error) => {
        failures.push(error);
        release();
      }).finally(() => working.delete(worker));
      working.add(worker);
    }
  };
  void laterLanes?.then((later) => later.forEach((lane) => startOn(lane, true)));
  do {
    for (const lane of lanes) startOn(lane, false);
    while (working.size > 0) await Promise.all(working);
    // A part may have come back when the first lanes had no more to do.
  } while (parts.isAnyLeft && failures.length === 0);
  if (failures.length > 0) throw failures[0];
}
