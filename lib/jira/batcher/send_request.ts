/** One request, with the retries and the patience of a batch. */

import { OpsdeckError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import { dispatchRequests } from "./dispatch_requests.ts";
import type { SettledRequest } from "./batch_result.ts";

/** How {@link sendRequest} sends. */
export interface SendOptions {
  /** Aborted to give up waiting; a request that is on its way is finished. */
  signal?: AbortSignal | undefined;
  /** How often it is sent again after a failure. Defaults to 3. */
  maxRetries?: number;
}

/**
 * Sends a request as a batch of one would, and gives the JSON of its answer.
 *
 * @throws the error of its failure, with the status in `context.status` where there was an answer;
 * the signal's reason when it was aborted.
 */
export async function sendRequest(
  client: JiraClient,
  request: JiraRequest,
  options: SendOptions = {},
): Promise<unknown> {
  let settled: SettledRequest | undefined;
  await dispatchRequests(client, [request], {
    ...options,
    onSettled: (_index, outcome) => {
      settled = outcome;
    },
  });
  if (settled?.result.outcome === "cancelled") options.signal?.throwIfAborted();
  if (settled?.failure !== undefined) throw settled.failure;
  if (settled === undefined) throw new OpsdeckError("Cannot tell what became of the request");
  return settled.result.data;
}
