/** What programs do that hold the whole table in memory, with the library that is handed in. */

import { printOutcome } from "./outcome.ts";

/** A library's two halves. */
export interface TableLibrary {
  parse(text: string): string[][];
  stringify(rows: string[][]): string;
}

/** Runs `summary PATH` or `rewrite PATH TIMES` with a library. */
export async function runWholeTable(library: TableLibrary): Promise<void> {
  const [job, path = "", times = "1"] = Deno.args;
  if (job === "summary") {
    const startedAt = performance.now();
    const found = countStatuses(library.parse(await readText(path)));
    printOutcome([performance.now() - startedAt], found);
    return;
  }
  const ms: number[] = [];
  for (let time = 0; time < Number(times); time++) {
    const startedAt = performance.now();
    const rows = library.parse(await readText(path));
    const field = rows[0]?.indexOf("youtube_status") ?? 0;
    const row = rows[1 + time * 7919 % (rows.length - 1)];
    if (row !== undefined) row[field] = "completed";
    await replaceDurably(path, library.stringify(rows));
    ms.push(performance.now() - startedAt);
  }
  printOutcome(ms, null);
}

/** The libraries take a byte order mark for text. */
async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await Deno.readFile(path));
}

function countStatuses(rows: string[][]): Record<string, number> {
  const [header = [], ...records] = rows;
  const field = header.indexOf("youtube_status");
  const counts: Record<string, number> = {};
  for (const record of records) {
    const status = record[field] ?? "";
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

async function replaceDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  {
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
  }
  await Deno.rename(temporary, path);
  using folder = await Deno.open(path.slice(0, path.lastIndexOf("/")));
  await folder.sync();
}
