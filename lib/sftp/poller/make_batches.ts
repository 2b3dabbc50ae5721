/** Putting claimed files into batches, whose message stays as it is from then on. */

import { documentBody } from "../signed_calls/mod.ts";
import { placeOf, uploadName } from "./claim_file.ts";
import type { PollerConfig } from "./poller_config.ts";
import type { PollerLedger } from "./poller_ledger.ts";
import type { Claim } from "./poller_state.ts";

/** The reference's size of a batch. */
const defaultBatchSize = 5;

/** Writes batches of these files into the journal, in the order of the files' names. */
export async function makeBatches(
  ledger: PollerLedger,
  { config, target }: { config: PollerConfig; target: string },
  claims: readonly Claim[],
): Promise<void> {
  const sorted = claims.toSorted((a, b) => a.from < b.from ? -1 : 1);
  const chunks = chunksOf(sorted, config.batchSize ?? defaultBatchSize);
  await Promise.all(chunks.map((chunk) =>
    ledger.record({
      type: "batched",
      batch: `msg_${crypto.randomUUID()}`,
      target,
      claims: chunk.map(({ id }) => id),
      body: documentBody({
        project_id: config.projectId,
        profile_code: config.profileCode ?? null,
        uploaded_by: config.uploadedBy ?? "SFTP",
        source: config.source ?? "SFTP",
        files: chunk.map((claim) => ({
          filename: uploadName(claim),
          backup_path: placeOf(claim),
        })),
      }),
    })
  ));
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
