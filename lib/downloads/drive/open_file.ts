/** From the address of a file to the answer that carries its bytes, past Drive's pages. */

import { parse as parseDisposition } from "content-disposition";
import type { OpsdeckError } from "../../core/mod.ts";
import { classifyDrivePage, classifyDriveStatus } from "../failures/mod.ts";
import { readText } from "./answer_body.ts";
import type { DriveLink } from "./drive_link.ts";
import { readDrivePage } from "./drive_page.ts";
import type { DriveAnswer, DriveRequest, DriveSession } from "./drive_session.ts";
import { retryAfterMs } from "./retry_after.ts";

/** An answer that carries a file, a part of it, or says that the part wanted is not there (416). */
export interface FileAnswer extends DriveAnswer {
  /** The name that Drive gives the file; null when it gives none. */
  name: string | null;
  /** Whether Drive says in so many words that this is the file. */
  isNamedAsFile: boolean;
}

/** Where a file begins: Drive asks for no confirmation when it is given one. */
export function fileAddress({ id, resourceKey }: DriveLink): URL {
  const url = new URL("https://drive.usercontent.google.com/download");
  url.searchParams.set("id", id);
  url.searchParams.set("export", "download");
  url.searchParams.set("confirm", "t");
  if (resourceKey !== null) url.searchParams.set("resourcekey", resourceKey);
  return url;
}

/**
 * Asks for a file, confirms that it is wanted though it is too large to be searched for viruses,
 * and gives the answer that carries it.
 *
 * What has `Content-Disposition: attachment` is the file, a web page too; any other web page is one
 * of Drive's own, and is never taken for the file.
 *
 * @param id the id of the file: a confirmation that leads to another one is refused
 * @throws OpsdeckError that says what Drive said
 */
export async function openFile(
  session: DriveSession,
  address: URL,
  id: string,
  request: DriveRequest,
): Promise<FileAnswer> {
  const first = await session.get(address, request);
  if (carriesFile(first.response)) return fileAnswer(first);
  const { page, refusal } = await readRefusal(first, request);
  const { confirmation } = page ?? {};
  if (confirmation === undefined || refusal.code === "DRIVE_INFECTED") throw refusal;
  if ((confirmation.searchParams.get("id") ?? id) !== id) throw refusal;

  const confirmed = await session.get(session.checked(confirmation, request.about), request);
  if (carriesFile(confirmed.response)) return fileAnswer(confirmed);
  throw (await readRefusal(confirmed, request)).refusal;
}

/** Reads an answer that carries no file, and what it says as an error. */
export async function readRefusal(
  { response, url }: DriveAnswer,
  { about, signal }: DriveRequest,
): Promise<{ page?: Awaited<ReturnType<typeof readDrivePage>>; refusal: OpsdeckError }> {
  const { status, headers } = response;
  const { text } = await readText(response, { about, signal });
  const waitMs = retryAfterMs(headers, Date.now());
  if (!isHtml(headers)) {
    return { refusal: classifyDriveStatus(about, status, text, waitMs) };
  }
  const page = await readDrivePage(text, url);
  return { page, refusal: classifyDrivePage(about, status, page, waitMs) };
}

function carriesFile({ status, headers }: Response): boolean {
  if (status === 416) return true;
  if (status !== 200 && status !== 206) return false;
  return isAttachment(headers) || !isHtml(headers);
}

function fileAnswer(answer: DriveAnswer): FileAnswer {
  const { headers } = answer.response;
  const { filename } = parseDisposition(headers.get("content-disposition") ?? "").parameters;
  return { ...answer, name: filename?.trim() || null, isNamedAsFile: isAttachment(headers) };
}

function isAttachment(headers: Headers): boolean {
  const { type } = parseDisposition(headers.get("content-disposition") ?? "");
  return type.toLowerCase() === "attachment";
}

function isHtml(headers: Headers): boolean {
  return /^(?:text\/html|application\/xhtml\+xml)/i.test(headers.get("content-type") ?? "");
}
