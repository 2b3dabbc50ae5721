/** Batches as they are handed to whoever delivers them. */

import { ConfigurationError, OpsdeckError, ValidationError } from "../../core/mod.ts";
import { callRefused, type DocumentPayload } from "../signed_calls/mod.ts";
import { placeOf, uploadName } from "./claim_file.ts";
import type { Batch } from "./poller_state.ts";

/** One file of a batch. */
export interface BatchFile {
  /** Names the claim: the same however often the file is delivered, and no other file's. */
  claimId: string;
  /** Its name when it was uploaded. */
  filename: string;
  /** Its whole path now. */
  backupPath: string;
}

/** Some claimed files, to be delivered together. */
export interface FileBatch {
  /** Names the batch: the same however often it is delivered. */
  id: string;
  /** The files, in the order of their names. */
  files: BatchFile[];
  /** The message about them as JSON text: to the byte the same however often it is delivered. */
  body: string;
  /** The message as it was written, without its files: project, profile, uploader and source. */
  about: Omit<DocumentPayload, "files">;
  /** An earlier delivery may have arrived without our hearing of it. */
  mayHaveArrived: boolean;
}

/**
 * Delivers a batch, once: the poller repeats it. What it throws decides what becomes of the batch:
 *
 * - an error that is `retryable`: it is tried again, in this pass and in later ones
 * - code `CALL_REFUSED`, or a ValidationError: it is failed, until a person has it sent again
 * - any other: it is kept for the next pass, and the pass ends with the error
 */
export type Deliver = (batch: FileBatch, options: { signal?: AbortSignal }) => Promise<void>;

/** Makes what is handed over of what the journal has. */
export function toFileBatch(batch: Batch): FileBatch {
  const { project_id, profile_code, uploaded_by, source } = parseBody(batch);
  return {
    id: batch.id,
    files: batch.claims.map((claim) => ({
      claimId: claim.id,
      filename: uploadName(claim),
      backupPath: placeOf(claim),
    })),
    body: batch.body,
    about: { project_id, profile_code, uploaded_by, source },
    mayHaveArrived: batch.mayHaveArrived,
  };
}

/** Tells whether an error means that the same message will never be taken. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ValidationError ||
    (error instanceof OpsdeckError && error.code === callRefused);
}

function parseBody({ body, id }: Batch): DocumentPayload {
  const payload: DocumentPayload = JSON.parse(body); // written by documentBody, under a checksum
  if (typeof payload.project_id === "string") return payload;
  throw new ConfigurationError(`Cannot read the batch ${id} as another program has written it`);
}
