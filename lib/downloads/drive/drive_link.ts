/** The forms in which people write links to Google Drive. */

import { ValidationError } from "../../core/mod.ts";

/** What a link leads to; `unknown` is for Drive to say. */
export type DriveKind =
  | "file"
  | "folder"
  | "document"
  | "spreadsheets"
  | "presentation"
  | "unknown";

/** A link, understood. */
export interface DriveLink {
  /** What it leads to. */
  kind: DriveKind;
  /** The id of the file or folder. */
  id: string;
  /** The key that some links of before 2021 need; null for others. */
  resourceKey: string | null;
}

const hosts = new Set([
  "drive.google.com",
  "docs.google.com",
  "drive.usercontent.google.com",
  "video.google.com",
]);

/** Ids have 28 characters and more; older ones, and those of folders, have been shorter. */
const idPattern = /^[A-Za-z0-9_-]{10,200}$/;

/** Paths with the id in them. `/u/0` and `/a/example.com` say by which account it was opened. */
const pathForms: readonly (readonly [pattern: RegExp, kind: DriveKind])[] = [
  [/^\/(?:a\/[^/]+\/)?file\/(?:u\/\d+\/)?d\/([^/]+)/, "file"],
  [/^\/(?:a\/[^/]+\/)?drive\/(?:u\/\d+\/)?(?:mobile\/)?folders\/([^/]+)/, "folder"],
  [/^\/(?:a\/[^/]+\/)?document\/(?:u\/\d+\/)?d\/([^/]+)/, "document"],
  [/^\/(?:a\/[^/]+\/)?spreadsheets\/(?:u\/\d+\/)?d\/([^/]+)/, "spreadsheets"],
  [/^\/(?:a\/[^/]+\/)?presentation\/(?:u\/\d+\/)?d\/([^/]+)/, "presentation"],
];

/** Paths with the id in the query. */
const queryForms: readonly (readonly [path: RegExp, parameter: string, kind: DriveKind])[] = [
  [/^\/(?:a\/[^/]+\/)?open$/, "id", "unknown"],
  [/^\/(?:a\/[^/]+\/)?(?:u\/\d+\/)?uc$/, "id", "file"],
  [/^\/(?:u\/\d+\/)?download$/, "id", "file"],
  [/^\/(?:embedded)?folderview$/, "id", "folder"],
  [/^\/leaf$/, "id", "unknown"],
  [/^\/get_player$/, "docid", "file"],
];

/**
 * Reads a link.
 *
 * Forms: `drive.google.com/file/d/ID/…`, `/open?id=`, `/uc?id=`, `/drive/folders/ID`,
 * `/embeddedfolderview?id=`, `docs.google.com/(document|spreadsheets|presentation)/d/ID/…`,
 * `/uc?id=`, `drive.usercontent.google.com/download?id=`, `video.google.com/get_player?docid=`,
 * all with `/u/0` or `resourcekey=` too.
 *
 * @throws ValidationError with the code `UNSUPPORTED_URL` when it is none of these
 */
export function parseDriveLink(link: string): DriveLink {
  const text = link.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const found = url === undefined ? undefined : findForm(url);
  if (found !== undefined) return found;
  throw new ValidationError(
    `Cannot download "${text.slice(0, 200)}" as it must be a link to a file or folder of Google ` +
      "Drive, such as https://drive.google.com/file/d/ID/view; correct it in the CSV",
    { code: "UNSUPPORTED_URL" },
  );
}

/** Reads an address that Drive itself gives; undefined when it is no link to a file or folder. */
export function findForm(url: URL): DriveLink | undefined {
  if (!/^https?:$/.test(url.protocol) || !hosts.has(url.hostname)) return undefined;
  for (const [pattern, kind] of pathForms) {
    const [, id] = pattern.exec(url.pathname) ?? [];
    if (id !== undefined) return linkOf(kind, id, url);
  }
  for (const [path, parameter, kind] of queryForms) {
    const id = path.test(url.pathname) ? url.searchParams.get(parameter) : null;
    if (id !== null) return linkOf(kind, id, url);
  }
  return undefined;
}

/** Gives the address of a link as a person would open it. */
export function driveAddress({ kind, id }: Pick<DriveLink, "kind" | "id">): string {
  switch (kind) {
    case "file":
      return `https://drive.google.com/file/d/${id}/view`;
    case "folder":
      return `https://drive.google.com/drive/folders/${id}`;
    case "unknown":
      return `https://drive.google.com/open?id=${id}`;
    default:
      return `https://docs.google.com/${kind}/d/${id}/edit`;
  }
}

/** Gives the one address of a file or folder, whichever link leads to it. */
export function itemAddress({ id }: Pick<DriveLink, "id">): string {
  return driveAddress({ kind: "unknown", id });
}

function linkOf(kind: DriveKind, id: string, url: URL): DriveLink | undefined {
  if (!idPattern.test(id)) return undefined;
  const key = url.searchParams.get("resourcekey");
  return { kind, id, resourceKey: key !== null && /^[A-Za-z0-9_-]{1,100}$/.test(key) ? key : null };
}
