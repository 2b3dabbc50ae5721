/** What a pass would do. */

import { previewPass } from "./claim_pass.ts";
import { emptyReport, type PollReport } from "./poll_report.ts";
import type { PollerConfig } from "./poller_config.ts";
import type { Connect } from "./poller_connection.ts";

/**
 * Looks twice at the source folder, as a pass does, and tells what it would claim. Changes nothing
 * and needs no journal.
 *
 * @throws what connecting and listing throw.
 */
export async function previewPoll(
  config: PollerConfig,
  connect: Connect,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<PollReport> {
  const startedAt = performance.now();
  const report = emptyReport(config.projectId, new Date(), true);
  await previewPass(await connect({ signal }), { config, signal }, report);
  report.duration_ms = Math.round(performance.now() - startedAt);
  return report;
}
