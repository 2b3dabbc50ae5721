/** What a link leads to: one file, or the files of a folder and of the folders in it. */

import { ValidationError } from "../../core/mod.ts";
import { classifyDrivePage } from "../failures/mod.ts";
import { readText } from "./answer_body.ts";
import { driveAddress, type DriveLink, findForm } from "./drive_link.ts";
import { type FolderEntry, readDrivePage, readFolderPage } from "./drive_page.ts";
import type { DriveSession } from "./drive_session.ts";
import { readRefusal } from "./open_file.ts";

/** A list of some ten thousands of files; a longer one would take too much memory to be read. */
const maxFolderMib = 32;

/**
 * Asks Drive what lies behind a link that does not say so itself.
 *
 * @throws OpsdeckError that says what Drive said
 */
export async function resolveLink(
  session: DriveSession,
  { id, resourceKey }: DriveLink,
  signal?: AbortSignal,
): Promise<DriveLink> {
  const address = new URL(`https://drive.google.com/open?id=${id}`);
  if (resourceKey !== null) address.searchParams.set("resourcekey", resourceKey);
  const request = { about: driveAddress({ kind: "unknown", id }), signal };
  const answer = await session.get(address, request);
  const found = findForm(answer.url);
  if (answer.response.ok && found !== undefined && found.kind !== "unknown") {
    await answer.response.body?.cancel();
    return { ...found, resourceKey: found.resourceKey ?? resourceKey };
  }
  throw (await readRefusal(answer, request)).refusal;
}

/**
 * Lists what is in a folder, by the page that Drive makes for other sites to show it in.
 *
 * @throws OpsdeckError that says what Drive said; ValidationError with the code
 * `DRIVE_FOLDER_TOO_LONG` when the list is longer than 32 MiB: a part of it is never taken for all
 */
export async function listFolder(
  session: DriveSession,
  link: DriveLink,
  signal?: AbortSignal,
): Promise<FolderEntry[]> {
  const address = new URL(`https://drive.google.com/embeddedfolderview?id=${link.id}`);
  if (link.resourceKey !== null) address.searchParams.set("resourcekey", link.resourceKey);
  const request = { about: driveAddress(link), signal };
  const answer = await session.get(address, request);
  if (!answer.response.ok) throw (await readRefusal(answer, request)).refusal;
  const { text: html, isWhole } = await readText(answer.response, {
    ...request,
    maxBytes: maxFolderMib * 1024 * 1024,
  });
  if (!isWhole) {
    throw new ValidationError(
      `Cannot download ${request.about} as Drive's list of its files is longer than ` +
        `${maxFolderMib} MiB; put the files into several folders, each in a row of its own`,
      { code: "DRIVE_FOLDER_TOO_LONG", context: { url: request.about } },
    );
  }
  const folder = await readFolderPage(html, answer.url);
  if (folder !== undefined) return folder.entries;
  throw classifyDrivePage(request.about, 200, await readDrivePage(html, answer.url));
}
