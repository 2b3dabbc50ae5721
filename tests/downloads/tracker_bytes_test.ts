import { assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import fc from "fast-check";
import { readRecords } from "../../lib/downloads/tracker/csv/read_records.ts";
import {
  CsvTracker,
  ensureTrackingColumns,
  getPendingDownloads,
  trackingColumns,
  updateCsvDownloadStatus,
} from "../../lib/downloads/mod.ts";
import { csvRows, withoutColumns } from "../support/raw_csv.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { failure, readCsv, rowContext, success, writeCsv } from "./tracker_csv.ts";

const columns = ["row_id", "type", "name", "email", "youtube_playlist", "google_drive"];

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "7",
    ",",
    '"',
    "\n",
    "\r\n",
    "é",
    "😀",
    " ",
    "\t",
    ";",
    "'",
    "\ufeff",
  ),
  maxLength: 12,
});

/** A cell as somebody may have written it: quoted where it must be, and at will elsewhere. */
const rawCell = fc.tuple(text, fc.boolean(), fc.constantFrom("", "", " ", "\t ")).map(
  ([value, quoted, blanks]) =>
    quoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"${blanks}` : value,
);

interface WeirdCsv {
  text: string;
  ids: string[];
}

/** A CSV with columns in any order, other columns among them, and line ends of both kinds. */
const weirdCsv: fc.Arbitrary<WeirdCsv> = fc.record({
  names: fc.uniqueArray(fc.constantFrom("note", "x y", "Ünïcode", '"q"'), { maxLength: 3 })
    .chain((extra) =>
      fc.shuffledSubarray([...columns, ...extra, ...trackingColumns.slice(0, 3)], { minLength: 0 })
        .map((some) => [...some, ...columns.filter((name) => !some.includes(name))])
    ),
  rows: fc.array(fc.array(rawCell, { minLength: 14, maxLength: 14 }), { maxLength: 8 }),
  ends: fc.array(fc.constantFrom("\n", "\r\n", "\r\n", "\n\r\n"), { minLength: 9, maxLength: 9 }),
  hasMark: fc.boolean(),
  hasLastEnd: fc.boolean(),
}).map(({ names, rows, ends, hasMark, hasLastEnd }) => {
  const ids = rows.map((_, row) => `id ${row}`);
  const records = rows.map((cells, row) =>
    names.map((name, field) => {
      if (name === "row_id") return row % 2 === 0 ? `"id ${row}"` : `id ${row}`;
      if (name === "type") return "T";
      return cells[field] ?? "";
    })
  );
  const header = names.map((name) => name.includes('"') ? `"${name.replaceAll('"', '""')}"` : name);
  const lines = [header, ...records].map((cells) => cells.join(","));
  const whole = lines.map((line, place) =>
    line + (place === lines.length - 1 && !hasLastEnd ? "" : ends[place])
  ).join("");
  return { text: (hasMark ? "\ufeff" : "") + whole, ids };
});

Deno.test("The tracker leaves every byte but its own cells' as it was", async () => {
  await using folder = await temporaryFolder("tracker-bytes");
  await fc.assert(
    fc.asyncProperty(weirdCsv, fc.infiniteStream(fc.nat()), async (csv, choices) => {
      const path = await writeCsv(folder, csv.text);
      const before = withoutColumns(csv.text, trackingColumns);

      await ensureTrackingColumns(path);
      assertEquals(withoutColumns(await readCsv(path), trackingColumns), before);
      {
        await using tracker = await CsvTracker.open(path);
        for (const id of csv.ids) {
          const [choice = 0] = choices.take(1);
          const row = rowContext(id, "T", choice % 9);
          if (choice % 3 === 0) await tracker.update(0, "youtube", success(row, 'x "1".mp4'));
          if (choice % 3 === 1) await tracker.update(0, "drive", failure(row));
          if (choice % 5 === 0) await tracker.checkpoint();
          if (choice % 7 === 0) await tracker.reset(id, "youtube");
        }
      }

      const after = await readCsv(path);
      assertEquals(withoutColumns(after, trackingColumns), before);
      assertEquals(csvRows(after).map(({ row_id }) => row_id), csv.ids);
    }),
    { numRuns: 120 },
  );
});

Deno.test("The tracker's index reads cells as @std/csv does", async () => {
  await using folder = await temporaryFolder("tracker-bytes");
  const width = fc.integer({ min: 2, max: 5 });
  const cells = width.chain((count) =>
    fc.array(
      fc.array(fc.tuple(text, fc.boolean()), { minLength: count, maxLength: count }),
      { minLength: 1, maxLength: 9 },
    )
  );
  // @std/csv gives quoted line ends as line feeds, and takes no blanks after a quote.
  const asLineFeeds = (rows: string[][]) =>
    rows.map((row) => row.map((cell) => cell.replaceAll("\r\n", "\n")));

  await fc.assert(
    fc.asyncProperty(cells, fc.constantFrom("\n", "\r\n"), async (rows, end) => {
      const csv = rows.map((row) =>
        row.map(([value, quoted]) =>
          quoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
        ).join(",") + end
      ).join("");
      const path = await writeCsv(folder, csv);

      assertEquals(
        asLineFeeds(await readAll(path)),
        asLineFeeds(parse(csv)),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("The tracker reads records of any length across the parts of a file", async () => {
  await using folder = await temporaryFolder("tracker-bytes");
  const long = `"${"é,\n".repeat(800_000)}"`;
  const rows = Array.from(
    { length: 3000 },
    (_, row) => `${row},T,${row === 1500 ? long : "😀".repeat(row % 300)},e,https://y/${row},`,
  );
  const content = [columns.join(","), ...rows].join("\r\n");
  const path = await writeCsv(folder, content);

  assertEquals((await getPendingDownloads(path)).length, 3000);
  for (const row of [1499, 1500, 1501, 2999]) {
    await updateCsvDownloadStatus(row, "youtube", success(rowContext(`${row}`, "T")), path);
  }

  const after = await readCsv(path);
  assertEquals(withoutColumns(after, trackingColumns), content);
  assertEquals((await getPendingDownloads(path)).length, 2996);
});

async function readAll(path: string): Promise<string[][]> {
  using file = await Deno.open(path);
  const rows: string[][] = [];
  for await (const cursor of readRecords(file, { path })) {
    while (cursor.advance()) {
      rows.push(Array.from({ length: cursor.fieldCount }, (_, field) => cursor.text(field)));
    }
  }
  return rows;
}
