/** How long one claim takes, whatever else stands in the table. */

import type { BenchServer } from "./bench_server.ts";
import { type ClaimDepth, claimDepths } from "./claim_depths.ts";
import { type ContenderName, contenderNames, contenders, inTurn } from "./contenders.ts";
import { SystemProcess } from "./system_process.ts";

/** How much is measured. */
export interface ClaimSizes {
  /** Claimable records where few are, enough for all claims. */
  few: number;
  /** Records where many are. */
  many: number;
  /** Claims that are timed in each state of the table. */
  claims: number;
  /** Stops between two claims. */
  signal: AbortSignal;
  /** Hears what is measured now. */
  note: (text: string) => void;
}

/** The claims of one system in one state of the table. */
export interface ClaimTimes {
  /** The system. */
  name: ContenderName;
  /** The state of the table. */
  depth: string;
  /** How long each claim took, in milliseconds. */
  ms: number[];
}

const claimBatchSize = 100;

// Until the code is compiled, the plan chosen and the pages read.
const warmUpClaims = 8;

/** Gives the records that the claims of one state take, the warm-up's included. */
export function recordsClaimed(claims: number): number {
  return (claims + warmUpClaims) * claimBatchSize;
}

/**
 * Times claims of 100 records. All states of the table stand ready at once, each in a database of
 * its own, and the claims go round them, so that a noisy minute falls on all alike.
 */
export async function measureClaims(server: BenchServer, sizes: ClaimSizes): Promise<ClaimTimes[]> {
  const times: ClaimTimes[] = [];
  for (const name of contenderNames.filter((name) => contenders[name].canClaim)) {
    times.push(...await measureSystem(server, name, sizes));
  }
  return times;
}

async function measureSystem(
  server: BenchServer,
  name: ContenderName,
  sizes: ClaimSizes,
): Promise<ClaimTimes[]> {
  const depths = claimDepths(sizes.few, sizes.many)
    .filter((depth) => contenders[name].canSchedule || !depth.needsSchedule);
  await using cleanUp = new AsyncDisposableStack();
  const ready: { process: SystemProcess; times: ClaimTimes }[] = [];
  for (const [index, depth] of depths.entries()) {
    sizes.signal.throwIfAborted();
    sizes.note(`claims of ${name}: loading ${depth.title}`);
    const database = `depth_${index}`;
    const url = await server.createDatabase(database);
    cleanUp.defer(() => server.dropDatabase(database));
    const process = cleanUp.use(await SystemProcess.start(contenders[name], url));
    await load(process, depth);
    await server.settle(url);
    ready.push({ process, times: { name, depth: depth.title, ms: [] } });
  }
  sizes.note(`claims of ${name}: timing ${sizes.claims} in each of ${ready.length} states`);
  for (let claim = -warmUpClaims; claim < sizes.claims; claim++) {
    for (const { process, times } of inTurn(ready, claim + warmUpClaims)) {
      sizes.signal.throwIfAborted();
      const { ms, records } = await process.ask({ command: "claim", batchSize: claimBatchSize });
      if (records !== claimBatchSize) {
        throw new Error(`Cannot use a claim of ${records} records in "${times.depth}" of ${name}`);
      }
      if (claim >= 0) times.ms.push(ms);
    }
  }
  return ready.map(({ times }) => times);
}

async function load(process: SystemProcess, depth: ClaimDepth): Promise<void> {
  for (const block of depth.blocks) await process.ask({ command: "fill", block });
}
