/** opsdeck's tracker: `summary PATH`, `index PATH` or `update PATH TIMES ROWS`. */

import {
  CsvTracker,
  DownloadResult,
  getDownloadStatusSummary,
  RowContext,
} from "../../../../lib/downloads/mod.ts";
import { printOutcome } from "./outcome.ts";

const [job, path = "", times = "1", rows = "1"] = Deno.args;
let startedAt = performance.now();
if (job === "summary") {
  const { youtube } = await getDownloadStatusSummary(path);
  const { pending, completed, failed } = youtube;
  printOutcome([performance.now() - startedAt], { pending, failed, completed });
} else {
  const tracker = await CsvTracker.open(path);
  const ms = job === "index" ? [performance.now() - startedAt] : [];
  for (let time = 0; job === "update" && time < Number(times); time++) {
    const row_index = time * 7919 % Number(rows);
    const row = { row_id: `${row_index}`, row_index, type: "INFJ", name: "", email: "" };
    const result = new DownloadResult({
      success: true,
      files_downloaded: [`video_row${row_index}.mp4`],
      media_id: `id${row_index}`,
      row_context: new RowContext(row),
    });
    startedAt = performance.now();
    await tracker.update(row_index, "youtube", result);
    ms.push(performance.now() - startedAt);
  }
  printOutcome(ms, null);
  await tracker.close();
}
