/** The parts of one file, many on their way at once. */

import type { Buffer } from "node:buffer";
import type { BufferPool } from "./buffer_pool.ts";
import { DonePrefix } from "./done_prefix.ts";
import { windowBytes } from "./flight_plan.ts";
import type { RemoteHandle } from "./remote_handle.ts";

/** One part of a file. */
export interface Chunk {
  /** The handle to use. */
  lane: RemoteHandle;
  /** Lent: its first `length` bytes are the part's. */
  buffer: Buffer;
  /** Where the part begins. */
  position: number;
  /** How long it is. */
  length: number;
}

/** What {@link flowChunks} goes over. */
export interface ChunkFlow {
  /** Handles of the same file, each on a channel of its own. */
  lanes: readonly RemoteHandle[];
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
 * once all that were under way have settled.
 */
export async function flowChunks(flow: ChunkFlow): Promise<void> {
  const { lanes, pool, size, chunkBytes, signal, work, onPrefix } = flow;
  const prefix = new DonePrefix(flow.from);
  const failures: unknown[] = [];
  const held: (() => void)[] = [];
  const release = () => held.splice(0).forEach((go) => go());
  let next = flow.from;

  const workOn = async (lane: RemoteHandle): Promise<void> => {
    while (next < size && failures.length === 0) {
      signal.throwIfAborted();
      if (next - prefix.end > maxAheadBytes) {
        await new Promise<void>((resolve) => held.push(resolve));
        continue;
      }
      const buffer = await pool.take();
      // Others may have taken the last part, or failed, while this one waited.
      if (next >= size || failures.length > 0) return pool.giveBack(buffer);
      const position = next;
      const length = Math.min(chunkBytes, size - position);
      next += length;
      try {
        await work({ lane, buffer, position, length });
      } catch (error) {
        pool.drop();
        throw error;
      }
      pool.giveBack(buffer);
      prefix.add(position, length);
      onPrefix?.(prefix.end);
      release();
    }
  };

  const perLane = Math.max(1, Math.ceil(windowBytes / chunkBytes));
  const workers = lanes.flatMap((lane) =>
    Array.from({ length: perLane }, () =>
      workOn(lane).catch((error) => {
        failures.push(error);
        release();
      }))
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}
