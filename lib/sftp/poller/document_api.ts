/** Delivering batches to the document API. */

import { ConfigManager, readSettings, type Secret } from "../../core/mod.ts";
import { callSignedApi, parseApiAddress, signingKey } from "../signed_calls/mod.ts";
import type { Deliver } from "./file_batch.ts";

/** The API and what it is called with. */
export interface DocumentApi {
  /** Where batches are posted to. */
  address: URL;
  /** Signs the calls. */
  secret: Secret;
}

/** The name of the API as the receiver of batches. */
export const apiTarget = "api";

/**
 * Reads the API of a project: `DOC_AI_API_URL` and `API_SECRET`, each looked up for the project,
 * then for all, unless the caller knows them.
 *
 * @throws ConfigurationError that lists what is missing or cannot be used.
 */
export function readDocumentApi(
  projectId: string,
  known: { url?: string | undefined; secret?: Secret | undefined } = {},
): DocumentApi {
  const config = new ConfigManager(projectId);
  return readSettings({
    address: () =>
      parseApiAddress(
        known.url ?? config.requireVariable("DOC_AI_API_URL"),
        config.lookup("DOC_AI_API_URL")?.source,
      ),
    secret: () => {
      const secret = known.secret ?? config.requireSecret("API_SECRET");
      signingKey(secret);
      return secret;
    },
  });
}

/** Delivers a batch by one signed call under its id; the poller repeats it. */
export function deliverToApi(
  api: DocumentApi,
  { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
): Deliver {
  return ({ id, body }) => callSignedApi({ ...api, id, body }, { timeoutMs, maxRetries: 0 });
}
