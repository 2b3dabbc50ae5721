/** The summary with csv-parse's stream: one record in memory at a time. */

import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { printOutcome } from "../systems/outcome.ts";

const [, path = ""] = Deno.args;
const startedAt = performance.now();
const counts: Record<string, number> = {};
let field = -1;
const records: AsyncIterable<string[]> = createReadStream(path).pipe(parse({ bom: true }));
for await (const record of records) {
  if (field < 0) {
    field = record.indexOf("youtube_status");
  } else {
    const status = record[field] ?? "";
    counts[status] = (counts[status] ?? 0) + 1;
  }
}
printOutcome([performance.now() - startedAt], counts);
