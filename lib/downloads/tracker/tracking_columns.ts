/** The columns of the CSV: those that are read, and those that are opsdeck's own. */

import type { DownloadType } from "../download_type.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";

/** Every {@link DownloadType}. */
export const downloadTypes = ["youtube", "drive"] as const satisfies DownloadType[];

/** One kind of download, or both of them. */
export type DownloadChoice = DownloadType | "both";

/** Gives the kinds that a choice stands for. */
export function chosenTypes(choice: DownloadChoice): readonly DownloadType[] {
  return choice === "both" ? downloadTypes : [choice];
}

/** The columns that opsdeck writes, in the order in which they are added (reference). */
export const trackingColumns = [
  "youtube_status",
  "youtube_files",
  "youtube_media_id",
  "drive_status",
  "drive_files",
  "drive_media_id",
  "last_download_attempt",
  "download_errors",
] as const;

/** One of {@link trackingColumns}. */
export type TrackingColumn = typeof trackingColumns[number];

/** The columns that opsdeck reads, each under the name that it has in the CSV at hand. */
export interface CsvColumns {
  /** The row's id: unique and never empty. */
  row_id: string;
  /** The personality type. */
  type: string;
  /** The person's name. */
  name: string;
  /** The person's address. */
  email: string;
  /** The address of a video or playlist. */
  youtube_playlist: string;
  /** The address of a Drive file, document or folder. */
  google_drive: string;
}

/** The names of the columns where nobody has renamed them. */
export const defaultCsvColumns: Readonly<CsvColumns> = {
  row_id: "row_id",
  type: "type",
  name: "name",
  email: "email",
  youtube_playlist: "youtube_playlist",
  google_drive: "google_drive",
};

/** The column that holds the addresses of each kind of download. */
export const contentColumns = {
  youtube: "youtube_playlist",
  drive: "google_drive",
} as const satisfies Record<DownloadType, keyof CsvColumns>;

/** Which field of a record each column is. */
export interface ColumnPlaces {
  row_id: number;
  type: number;
  name: number;
  email: number;
  /** Undefined where the CSV has no such column. */
  content: Record<DownloadType, number | undefined>;
  /** Undefined where the column has not been added yet. */
  tracking: Record<TrackingColumn, number | undefined>;
  /** How many fields each record has. */
  width: number;
}

/**
 * Finds the columns in the header, at which the cursor stands. Columns that are missing or there
 * twice are reported to the cursor; without one that every row needs, the result is undefined.
 */
export function findColumns(cursor: CsvCursor, names: CsvColumns): ColumnPlaces | undefined {
  const header = Array.from({ length: cursor.fieldCount }, (_, field) => cursor.text(field).trim());
  const place = (name: string): number | undefined => {
    const field = header.indexOf(name);
    const again = field < 0 ? -1 : header.indexOf(name, field + 1);
    if (again >= 0) {
      report(cursor, again, `the header names the column "${name}" twice; rename one of them`);
    }
    return field < 0 ? undefined : field;
  };

  const content = { youtube: place(names.youtube_playlist), drive: place(names.google_drive) };
  const row_id = place(names.row_id);
  const type = place(names.type);
  const name = place(names.name);
  const email = place(names.email);
  const tracking = {
    youtube_status: place("youtube_status"),
    youtube_files: place("youtube_files"),
    youtube_media_id: place("youtube_media_id"),
    drive_status: place("drive_status"),
    drive_files: place("drive_files"),
    drive_media_id: place("drive_media_id"),
    last_download_attempt: place("last_download_attempt"),
    download_errors: place("download_errors"),
  };

  for (const wanted of [names.row_id, names.type, names.name, names.email]) {
    if (!header.includes(wanted)) report(cursor, 0, missing(header, `column "${wanted}"`));
  }
  if (content.youtube === undefined && content.drive === undefined) {
    const either = `column "${names.youtube_playlist}" or "${names.google_drive}"`;
    report(cursor, 0, missing(header, either));
    return undefined;
  }
  if (row_id === undefined || type === undefined) return undefined;
  if (name === undefined || email === undefined) return undefined;
  return { row_id, type, name, email, content, tracking, width: cursor.fieldCount };
}

function missing(header: readonly string[], what: string): string {
  const [only = ""] = header;
  const separator = header.length > 1
    ? undefined
    : ["\t", ";", "|"].find((one) => only.includes(one));
  if (separator !== undefined) {
    return `its cells are separated by ${JSON.stringify(separator)}; save it with commas`;
  }
  return `the header has no ${what}; rename a column, or set the name that the column has ` +
    `(it has ${header.map((name) => JSON.stringify(name)).join(", ")})`;
}

function report(cursor: CsvCursor, field: number, reason: string): void {
  cursor.report({ offset: cursor.fieldOffset(field), reason, code: "CSV_INVALID" });
}
