/** Looking whether the document API can be reached, without telling it anything. */

import {
  type CheckFinding,
  ConfigManager,
  errorReason,
  NetworkError,
  permissionMissing,
} from "../core/mod.ts";
import { readDocumentApi } from "./poller/mod.ts";
import { serviceName } from "./signed_calls/mod.ts";

/**
 * Asks the API of a project, or of all, by HEAD, which has no effect (RFC 9110 §9.3.2). Whatever it
 * answers, it is there; what only its POST would tell is not looked at.
 *
 * @throws ConfigurationError when it is configured wrongly.
 * @throws NetworkError when it cannot be reached.
 */
export async function checkDocumentApi(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<CheckFinding> {
  const isSet = new ConfigManager(project).lookup("DOC_AI_API_URL") !== undefined;
  if (!isSet) return { status: "not_configured", found: "DOC_AI_API_URL is not set" };
  const { address } = readDocumentApi(project ?? "global");
  const name = serviceName(address);
  const startedAtMs = performance.now();
  const response = await ask(address, name, signal);
  const elapsedMs = performance.now() - startedAtMs;
  const found = `${name}: answers HEAD with ${response.status} after ${Math.round(elapsedMs)} ms`;
  const clockAheadMs = clockAhead(response.headers.get("date"), elapsedMs);
  return response.status < 500 ? { status: "ok", found, clockAheadMs } : {
    status: "warning",
    found,
    advice: "ask its operator whether it is up; batches are kept and sent again until then",
    clockAheadMs,
  };
}

async function ask(address: URL, name: string, signal: AbortSignal | undefined) {
  try {
    const response = await fetch(address, {
      method: "HEAD",
      redirect: "manual",
      ...(signal === undefined ? {} : { signal }),
    });
    await response.body?.cancel();
    return response;
  } catch (error) {
    signal?.throwIfAborted();
    throw permissionMissing(error) ?? new NetworkError(
      `Cannot reach the API at ${name} as ${errorReason(error)}; check the address and the network`,
      { code: "API_UNREACHABLE", cause: error },
    );
  }
}

/** The header has whole seconds, cut off: half a second is added. */
function clockAhead(date: string | null, elapsedMs: number): number | undefined {
  const atMs = Date.parse(date ?? "") + 500;
  return Number.isNaN(atMs) ? undefined : atMs - (Date.now() - elapsedMs / 2);
}
