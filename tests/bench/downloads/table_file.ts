/** The CSV that is measured: quoted line ends, redundant quotes, both kinds of address. */

import { trackingColumns } from "../../../lib/downloads/mod.ts";

const encoder = new TextEncoder();
const header = `row_id,type,name,email,youtube_playlist,google_drive,note,${trackingColumns}\r\n`;

/** Writes a CSV of many rows: most are completed, some failed, some pending. Gives its size. */
export async function writeTable(path: string, rows: number): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  let text = `\ufeff${header}`;
  for (let row = 0; row < rows; row++) {
    text += tableRow(row);
    if (text.length < 1 << 20 && row < rows - 1) continue;
    const bytes = encoder.encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    text = "";
  }
  // Else the system writes it out while the updates are measured.
  await file.sync();
  return (await file.stat()).size;
}

function tableRow(row: number): string {
  const drive = row % 3 === 0 ? `https://drive.google.com/file/d/${row}/view` : "";
  const note = row % 7 === 0 ? `"two\nlines, ""quoted"""` : row % 5 === 0 ? '"plain"' : "Ünïcode";
  const cells = [
    row,
    "INFJ",
    `"Name ${row}"`,
    `p${row}@example.org`,
    `https://www.youtube.com/playlist?list=${row}`,
    drive,
    note,
  ];
  const time = "2026-11-20T22:37:20.000Z";
  const youtube = row % 10 === 0
    ? ["pending", "", ""]
    : row % 10 === 1
    ? ["failed", "", ""]
    : ["completed", `video_row${row}.mp4`, `id${row}`];
  const error = row % 10 === 1 ? `youtube 1 ${time} NETWORK HTTP Error 503` : "";
  const status = drive === "" ? "" : "completed";
  return `${[...cells, ...youtube, status, "", "", time, error].join(",")}\r\n`;
}
