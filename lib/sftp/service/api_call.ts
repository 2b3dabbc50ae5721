/** Telling the document API about files. */

import { createHash } from "node:crypto";
import { ConfigManager } from "../../core/mod.ts";
import { readDocumentApi } from "../poller/mod.ts";
import type { SftpSettings } from "../settings/mod.ts";
import { callSignedApi, documentBody, type DocumentFile } from "../signed_calls/mod.ts";

/** What an API is told, and how. */
export interface ApiCall {
  /** The files. */
  files: readonly DocumentFile[];
  /** Who uploaded them. */
  uploadedBy: string;
  /** Where they come from. */
  source: string;
  /** The API's address. Defaults to the setting `DOC_AI_API_URL`. */
  apiUrl?: string | undefined;
  /** How the API is to read them. Defaults to the setting `PROFILE_CODE`. */
  profileCode?: string | undefined;
  /** The message's id. Defaults to one that follows from the message. */
  id?: string | undefined;
  /** Ends the waits between attempts. */
  signal?: AbortSignal | undefined;
}

/**
 * Posts the files of a project, signed with its secret.
 *
 * @throws ConfigurationError when address or secret is missing, and as `callSignedApi` does
 */
export async function callApi(
  { projectId, secret }: Pick<SftpSettings, "projectId" | "secret">,
  call: ApiCall,
): Promise<void> {
  const api = readDocumentApi(projectId, { url: call.apiUrl, secret });
  const profile = call.profileCode ?? new ConfigManager(projectId).getVariable("PROFILE_CODE");
  const body = documentBody({
    project_id: projectId,
    profile_code: profile ?? null,
    uploaded_by: call.uploadedBy,
    source: call.source,
    files: [...call.files],
  });
  const id = call.id ?? `msg_${createHash("sha256").update(body).digest("hex")}`;
  await callSignedApi({ ...api, id, body }, { signal: call.signal });
}
