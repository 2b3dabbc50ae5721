/** Serving the queue's metrics over HTTP. */

import { ConfigurationError, errorReason, getLogger, OpsdeckError } from "../../core/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { ListenAddress } from "./listen_address.ts";
import { prometheusContentType, prometheusText } from "./prometheus_text.ts";
import { queueMetricFamilies } from "./queue_families.ts";
import { type QueueMetrics, readQueueMetrics } from "./read_metrics.ts";

/** How metrics are served. */
export interface ServeMetricsOptions {
  /** Where to listen. */
  address: ListenAddress;
  /** The silence after which a processing record counts as an orphan, in milliseconds. */
  orphanTimeoutMs: number;
  /** Aborted to answer the requests in hand and end. */
  signal: AbortSignal;
  /** Hears the URL of the metrics once they are served. */
  onListen?: (url: string) => void;
}

/** What was served. */
export interface ServedScrapes {
  /** Requests for the metrics. */
  scrapes: number;
  /** Those of them for which the numbers could not be read. */
  failures: number;
}

/** Prometheus gives up after 10 seconds by default. */
const readTimeoutMs = 9_000;

const logger = getLogger("queue");

/**
 * Answers `GET /metrics` until the signal, reading the numbers anew each time; requests that come
 * while they are read share the answer. When they cannot be read, the answer holds
 * `opsdeck_queue_scrape_success 0` and nothing else.
 *
 * @throws ConfigurationError when the address cannot be listened on.
 */
export async function serveQueueMetrics(
  session: DatabaseSession,
  { address, orphanTimeoutMs, signal, onListen }: ServeMetricsOptions,
): Promise<ServedScrapes> {
  const served: ServedScrapes = { scrapes: 0, failures: 0 };
  let reading: Promise<QueueMetrics> | undefined;
  const read = async () => {
    reading ??= readQueueMetrics(session, orphanTimeoutMs, { timeoutMs: readTimeoutMs })
      .finally(() => reading = undefined);
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof OpsdeckError)) throw error;
      logger.warning("Cannot read the queue's numbers; the scrape says so", { error });
      return undefined;
    }
  };
  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response("Only GET\n", { status: 405, headers: { allow: "GET, HEAD" } });
    }
    if (new URL(request.url).pathname !== "/metrics") {
      return new Response("The metrics are at /metrics\n", { status: 404 });
    }
    served.scrapes++;
    const metrics = await read();
    if (metrics === undefined) served.failures++;
    return new Response(prometheusText(queueMetricFamilies(metrics)), {
      headers: { "content-type": prometheusContentType },
    });
  };
  if (signal.aborted) return served;
  await using server = listen(address, answer, onListen);
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await server.shutdown();
  return served;
}

function listen(
  { hostname, port }: ListenAddress,
  answer: (request: Request) => Promise<Response>,
  onListen: ((url: string) => void) | undefined,
): Deno.HttpServer {
  try {
    return Deno.serve({
      hostname,
      port,
      onListen: (address) => {
        const host = hostname.includes(":") ? `[${hostname}]` : hostname;
        onListen?.(`http://${host}:${address.port}/metrics`);
      },
    }, answer);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new ConfigurationError(
      `Cannot listen on ${hostname}:${port} as ${errorReason(error)}; choose another address`,
      { code: "LISTEN", cause: error },
    );
  }
}
