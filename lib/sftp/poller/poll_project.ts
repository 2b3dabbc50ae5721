/** One pass over one project, for callers that have no poller of their own. */

import { type PassOptions, type PassOutcome, Poller, type PollerOptions } from "./poller.ts";

/**
 * Opens the project's journal, makes one pass and closes it again.
 *
 * @throws what `Poller.open` throws; what the pass fails with is in the outcome.
 */
export async function pollProject(
  options: PollerOptions,
  passOptions: PassOptions = {},
): Promise<PassOutcome> {
  await using poller = await Poller.open(options);
  return await poller.pass(passOptions);
}
