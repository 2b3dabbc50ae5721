/** `queue metrics`: the queue's numbers for Prometheus, printed or served. */

import { countOf, type ScriptContext } from "../../core/command_line/mod.ts";
import {
  parseListenAddress,
  prometheusText,
  queueMetricFamilies,
  readQueueMetrics,
  serveQueueMetrics,
} from "../metrics/mod.ts";
import { queueSettings } from "../queue_settings.ts";
import { openCommandDatabase } from "./command_database.ts";

/**
 * Prints the numbers once, or serves them at the address `HOST:PORT` until stopped.
 *
 * @throws ValidationError for an address that is none; ConfigurationError when it cannot be
 * listened on; DatabaseConnectionError.
 */
export async function runMetrics(
  { listen }: { listen?: string | undefined },
  context: ScriptContext,
): Promise<void> {
  const address = listen === undefined ? undefined : parseListenAddress(listen);
  const orphanTimeoutMs = queueSettings().cleanupTimeoutHours * 3_600_000;
  await using database = openCommandDatabase("metrics", context);
  if (address === undefined) {
    const numbers = await readQueueMetrics(database, orphanTimeoutMs, context);
    context.result(numbers, () => prometheusText(queueMetricFamilies(numbers)).trimEnd());
    return;
  }
  const served = await serveQueueMetrics(database, {
    address,
    orphanTimeoutMs,
    signal: context.signal,
    onListen: (url) => context.note(`Serving the queue's metrics at ${url}`),
  });
  context.result(
    served,
    () => `Answered ${countOf(served.scrapes, "scrape")}, ${served.failures} in vain`,
  );
}
