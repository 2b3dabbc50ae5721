/** In which file formats Google's own documents can be had. */

import { ValidationError } from "../../core/mod.ts";
import type { DriveLink } from "./drive_link.ts";

/** The kinds of Google's own documents. */
export type DocumentKind = "document" | "spreadsheets" | "presentation";

/** Source: Google Drive API, "Export MIME types for Google Workspace documents". */
const formats: Readonly<Record<DocumentKind, readonly [first: string, ...more: string[]]>> = {
  document: ["docx", "pdf", "odt", "rtf", "txt", "html", "epub", "md", "zip"],
  spreadsheets: ["xlsx", "pdf", "ods", "csv", "tsv", "zip"],
  presentation: ["pptx", "pdf", "odp", "txt"],
};

/** Tells whether a kind of link leads to one of Google's own documents. */
export function isDocumentKind(kind: string): kind is DocumentKind {
  return Object.hasOwn(formats, kind);
}

/**
 * Refuses a format that Google gives none of its documents in.
 *
 * @throws ValidationError that names the formats
 */
export function requireExportFormat(wanted: string | undefined): void {
  const format = asFormat(wanted);
  const known = new Set(Object.values(formats).flat());
  if (format === undefined || known.has(format)) return;
  throw new ValidationError(
    `Cannot export Google's documents as "${format}" as it must be one of ${[...known].join(", ")}`,
  );
}

/**
 * Gives the format in which a document is fetched: the wanted one, or Office's own.
 *
 * @throws ValidationError when Google does not give that kind in the wanted format
 */
export function exportFormat(kind: DocumentKind, wanted: string | undefined): string {
  const [first] = formats[kind];
  const format = asFormat(wanted) ?? first;
  if (formats[kind].includes(format)) return format;
  throw new ValidationError(
    `Cannot export a Google ${kind} as "${format}" as it must be one of ${
      formats[kind].join(", ")
    }`,
  );
}

function asFormat(wanted: string | undefined): string | undefined {
  return wanted?.trim().toLowerCase().replace(/^\./, "") || undefined;
}

/** Gives the address at which a document is exported. */
export function exportAddress(
  kind: DocumentKind,
  { id, resourceKey }: Pick<DriveLink, "id" | "resourceKey">,
  format: string,
): URL {
  const url = new URL(`https://docs.google.com/${kind}/d/${id}/export?format=${format}`);
  if (resourceKey !== null) url.searchParams.set("resourcekey", resourceKey);
  return url;
}
