/** Fetching a file of Drive, in as many pieces as the connection makes of it. */

import {
  backoffDelayMs,
  categorizeError,
  delay,
  ErrorCategory,
  errorReason,
  NetworkError,
  OpsdeckError,
} from "../../core/mod.ts";
import { classifyDrivePage } from "../failures/mod.ts";
import { contentRange, ifRangeValue, sourceVersion } from "../http_source/source_version.ts";
import { looksLikeHtml } from "../publishing/mod.ts";
import { bodyParts } from "./answer_body.ts";
import type { DriveSession } from "./drive_session.ts";
import { type FileAnswer, openFile } from "./open_file.ts";
import { PartFile, type PartNote } from "./part_file.ts";
import { type TransferAmounts, TransferPace } from "./transfer_pace.ts";

/** What is fetched, and where to. */
export interface FileTransfer {
  /** The conversation with Drive. */
  session: DriveSession;
  /** Where the file begins. */
  address: URL;
  /** The address that a person knows, for errors. */
  about: string;
  /** The file's id. */
  id: string;
  /** The attempt's folder. */
  folder: string;
  /** Cancels it; the part stays. */
  signal?: AbortSignal | undefined;
  /** The first wait after a lost connection, in milliseconds; later ones double. */
  retryDelayMs: number;
  /** Gets to know how far it is. */
  onProgress: (amounts: TransferAmounts) => void;
}

/** A file that is there as a whole. */
export interface TransferredFile extends PartNote {
  /** Its path in the attempt's folder. */
  path: string;
}

/** How many connections in a row may be lost without getting any further than ever before. */
const maxLosses = 5;
const longestDelayMs = 30_000;

/**
 * Fetches a file whole.
 *
 * A part that is there already is continued only if Drive says that the file is still the same
 * (`If-Range`, and the range, length and validators of the answer are compared), else the file is
 * fetched from its beginning. A lost connection is taken up again in the same way.
 *
 * @throws OpsdeckError that says what Drive said, or why the file cannot be written; the reason of
 * the signal
 */
export async function transferFile(transfer: FileTransfer): Promise<TransferredFile> {
  const { signal, retryDelayMs, about } = transfer;
  const part = new PartFile(transfer.folder);
  const pace = new TransferPace(transfer.onProgress);
  let losses = 0;
  for (let furthest = -1;;) {
    try {
      const note = await fetchRest(transfer, part, pace);
      await refusePage(part, note, about);
      return { ...note, path: part.path };
    } catch (error) {
      signal?.throwIfAborted();
      const loss = asLoss(error, about);
      // What Drive itself says of its state is for a later run.
      const isLoss = loss instanceof NetworkError && loss.retryable && loss.code !== "DRIVE_FAILED";
      if (!isLoss) throw loss;
      const bytes = (await part.look())?.bytes ?? 0;
      losses = bytes > furthest ? 1 : losses + 1;
      furthest = Math.max(bytes, furthest);
      if (losses > maxLosses) throw loss;
    }
    const options = { initialDelayMs: retryDelayMs, maxDelayMs: longestDelayMs };
    await delay(backoffDelayMs(losses, options), { signal });
  }
}

async function fetchRest(
  transfer: FileTransfer,
  part: PartFile,
  pace: TransferPace,
): Promise<PartNote> {
  const { session, address, about, id, signal } = transfer;
  const there = await part.look();
  const total = there?.note.version.total_bytes ?? 0;
  if (there !== undefined && total > 0 && there.bytes === total) return there.note;

  const validator = there === undefined ? undefined : ifRangeValue(there.note.version);
  const from = validator === undefined || there === undefined ? 0 : there.bytes;
  const headers = from > 0 && validator !== undefined
    ? { Range: `bytes=${from}-`, "If-Range": validator }
    : {};
  const answer = await openFile(session, address, id, { about, headers, signal });
  const { status } = answer.response;
  if (status === 200) return await fetchWhole(transfer, answer, part, pace);
  if (status === 206 && there !== undefined && continues(answer, there.note, from)) {
    return await append(transfer, answer, part, pace, there.note, from);
  }
  // A range that was not asked for, or of another version: nothing of it fits.
  await answer.response.body?.cancel();
  if (from === 0) {
    throw new NetworkError(
      `Cannot download ${about} as Drive sent a part of the file (HTTP ${status}) where ` +
        "all of it was asked for; run this again later",
      { code: "DRIVE_WRONG_RANGE", context: { url: about, status } },
    );
  }
  const whole = await openFile(session, address, id, { about, signal });
  if (whole.response.status === 200) return await fetchWhole(transfer, whole, part, pace);
  await whole.response.body?.cancel();
  throw new NetworkError(
    `Cannot download ${about} as Drive does not send all of the file: it answers with HTTP ` +
      `${whole.response.status}; run this again later`,
    { code: "DRIVE_WRONG_RANGE", context: { url: about, status } },
  );
}

async function fetchWhole(
  transfer: FileTransfer,
  answer: FileAnswer,
  part: PartFile,
  pace: TransferPace,
): Promise<PartNote> {
  const { name, isNamedAsFile, response } = answer;
  const note = { version: sourceVersion(response.headers), name, isNamedAsFile };
  await part.begin(note);
  return await append(transfer, answer, part, pace, note, 0);
}

async function append(
  transfer: FileTransfer,
  { response }: FileAnswer,
  part: PartFile,
  pace: TransferPace,
  note: PartNote,
  from: number,
): Promise<PartNote> {
  const total = note.version.total_bytes;
  pace.begin(from);
  const parts = response.body === null ? noParts() : bodyParts(response.body, {
    about: transfer.about,
    signal: transfer.signal,
  });
  const bytes = await part.append(parts, (length) => pace.note(length, total));
  pace.note(bytes, total, true);
  if (total === null || bytes === total) return note;
  throw new NetworkError(
    `Cannot download ${transfer.about} as the connection ended after ${bytes} of ${total} ` +
      "bytes; run this again",
    { code: "CUT_OFF", context: { url: transfer.about, bytes, total_bytes: total } },
  );
}

/** Tells whether a 206 answer is the rest of the very file that the part belongs to. */
function continues({ response }: FileAnswer, note: PartNote, from: number): boolean {
  const range = contentRange(response.headers);
  const total = note.version.total_bytes;
  if (range === undefined || range.start !== from || from === 0) return false;
  if (total !== null && (range.total !== total || range.end !== total - 1)) return false;
  // Validators may be left out of a 206 answer (RFC 9110 §15.3.7), but not be others.
  const { etag, last_modified } = sourceVersion(response.headers);
  return (etag === null || etag === note.version.etag) &&
    (last_modified === null || last_modified === note.version.last_modified);
}

async function refusePage(part: PartFile, note: PartNote, about: string): Promise<void> {
  if (note.isNamedAsFile || !await looksLikeHtml(part.path)) return;
  const html = await part.head();
  await part.begin(note); // so that it is not taken for a part of the file by the next run
  throw classifyDrivePage(about, 200, { title: "", captions: "", html });
}

function asLoss(error: unknown, about: string): Error {
  if (error instanceof OpsdeckError) return error;
  if (categorizeError(error).category === ErrorCategory.NETWORK) {
    return new NetworkError(
      `Cannot download ${about} as ${errorReason(error)}; check the network, then run ` +
        "this again",
      { context: { url: about }, cause: error },
    );
  }
  return error instanceof Error ? error : new Error(errorReason(error));
}

/** An answer without a body is an empty file. */
async function* noParts(): AsyncGenerator<Uint8Array> {}
