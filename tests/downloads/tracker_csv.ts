/** CSVs and results for the tracker's tests. */

import { join } from "@std/path";
import { DownloadResult, type DownloadResultFields, RowContext } from "../../lib/downloads/mod.ts";
import { csvRows } from "../support/raw_csv.ts";

/** The header of {@link threeRows}. */
export const header = "row_id,type,name,email,youtube_playlist,google_drive";

/** Three rows: with a video, with a Drive file, with both. */
export const threeRows = [
  header,
  "1,INFJ,Ann,a@x.org,https://y.example/1,",
  "2,ENTP,Bob,b@x.org,,https://d.example/2",
  "3,INTJ,Cy,c@x.org,https://y.example/3,https://d.example/3",
  "",
].join("\n");

/** Writes a CSV into a folder and gives its path. */
export async function writeCsv(folder: { path: string }, content: string | Uint8Array) {
  const path = join(folder.path, "output.csv");
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes);
  return path;
}

/** Reads a CSV with its byte order mark. */
export async function readCsv(path: string): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(path));
}

/** Gives a row of a CSV by its id. */
export async function rowOf(path: string, rowId: string): Promise<Record<string, string>> {
  const row = csvRows(await readCsv(path)).find((one) => one.row_id === rowId);
  if (row === undefined) throw new Error(`The CSV has no row "${rowId}"`);
  return row;
}

/** Makes the context of a row. */
export function rowContext(row_id: string, type: string, row_index = 0): RowContext {
  return new RowContext({ row_id, row_index, type, name: "", email: "" });
}

/** Makes a success with one file. */
export function success(row_context: RowContext, file = "a.mp4"): DownloadResult {
  return new DownloadResult({
    success: true,
    files_downloaded: [file],
    media_id: "id1",
    row_context,
  });
}

/** Makes a failure. */
export function failure(
  row_context: RowContext,
  fields: Partial<DownloadResultFields> = {},
): DownloadResult {
  return new DownloadResult({ success: false, row_context, error_message: "no", ...fields });
}
