/** Enqueue and drain: alternating rounds over all systems. */

import { type ContenderName, contenderNames, contenders, inTurn } from "./contenders.ts";
import type { RunningSystems, Sample } from "./running_systems.ts";

/** How much is measured. */
export interface Rounds {
  /** How often each system is measured. */
  rounds: number;
  /** The records of each measurement. */
  records: number;
  /** Stops between two measurements. */
  signal: AbortSignal;
  /** Hears what is measured now. */
  note: (text: string) => void;
}

/** The samples of each system, one a round. */
export type SamplesByName = Partial<Record<ContenderName, Sample[]>>;

/** One kind of drain. */
export interface DrainCell {
  /** Records claimed at a time. */
  batchSize: number;
  /** Loops that drain at once. */
  loops: number;
  /** The samples of each system that took part. */
  samples: SamplesByName;
}

/** Adds records to empty queues. */
export async function measureEnqueue(systems: RunningSystems, rounds: Rounds) {
  const samples: SamplesByName = {};
  await alternate(contenderNames, rounds, "enqueue", async (name) => {
    const system = systems.get(name);
    await system.prepareEmpty();
    const { records } = rounds;
    (samples[name] ??= []).push(await system.time({ command: "enqueue", records }, records));
  });
  return samples;
}

/**
 * Drains full queues at batches of 100 and 500, with 1 and 4 loops. graphile-worker batches by
 * itself, 500 at a time, and for it a loop is a process.
 */
export async function measureDrain(systems: RunningSystems, rounds: Rounds): Promise<DrainCell[]> {
  const cells: DrainCell[] = [];
  for (const batchSize of [100, 500]) {
    for (const loops of [1, 4]) {
      const samples: SamplesByName = {};
      const names = contenderNames.filter((name) => batchSize === 500 || contenders[name].canClaim);
      const what = `drain, batch ${batchSize}, loops ${loops}`;
      await alternate(names, rounds, what, async (name) => {
        const system = systems.get(name);
        await system.prepareFull(rounds.records);
        const request = { command: "drain", request: { batchSize, loops } } as const;
        const processes = Math.min(loops, contenders[name].processes);
        (samples[name] ??= []).push(await system.time(request, rounds.records, processes));
      });
      cells.push({ batchSize, loops, samples });
    }
  }
  return cells;
}

async function alternate(
  names: readonly ContenderName[],
  { rounds, signal, note }: Rounds,
  what: string,
  measure: (name: ContenderName) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    note(`${what}: round ${round + 1} of ${rounds}`);
    for (const name of inTurn(names, round)) {
      signal.throwIfAborted();
      await measure(name);
    }
  }
}
