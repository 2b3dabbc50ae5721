/**
 * Records downloads of random rows of a CSV until it is killed, and prints each that is durable:
 * `<row_id> <file>`, where every file's name is used once. Arguments: path, name, number of rows,
 * seed, bytes of a checkpoint, number of updates or 0 for no end.
 */

import { CsvTracker, DownloadResult, RowContext } from "../../lib/downloads/mod.ts";
import { seededRandom } from "../support/seeded_random.ts";

const [path = "", name = "", rows = "0", seed = "0", checkpointBytes = "0", updates = "0"] =
  Deno.args;
const random = seededRandom(Number(seed));
const encoder = new TextEncoder();
const tracker = await CsvTracker.open(path, { checkpointBytes: Number(checkpointBytes) });
Deno.stdout.writeSync(encoder.encode("ready\n"));
for (let number = 0; number < (Number(updates) || Infinity); number++) {
  const row_index = random.integer(0, Number(rows) - 1);
  const type = row_index % 2 === 0 ? "INFJ" : "ENTP";
  const row = new RowContext({ row_id: `r${row_index}`, row_index, type, name: "", email: "" });
  const file = `${name}-${number}.bin`;
  const result = new DownloadResult({
    success: random.next() < 0.5,
    files_downloaded: [file],
    media_id: file,
    error_message: "HTTP Error 503",
    row_context: row,
  });
  if (random.next() < 0.3) {
    await using claim = await tracker.claim(row);
    if (claim !== undefined) await tracker.update(row_index, "youtube", result);
    else continue;
  } else {
    await tracker.update(row_index, "youtube", result);
  }
  Deno.stdout.writeSync(encoder.encode(`${row.row_id} ${file}\n`));
}
await tracker.close();
