import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../lib/core/mod.ts";
import {
  CsvTracker,
  ensureTrackingColumns,
  getDownloadStatusSummary,
  resetDownloadStatus,
  trackingColumns,
  validateCsvIntegrity,
} from "../../lib/downloads/mod.ts";
import { splitCsv, withoutColumns } from "../support/raw_csv.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import {
  failure,
  readCsv,
  rowContext,
  rowOf,
  success,
  threeRows,
  writeCsv,
} from "./tracker_csv.ts";

/** Edits of other programs, as texts of the whole file. */
const edits: Record<string, (csv: string) => string> = {
  "rows moved": (csv) => onRows(csv, (rows) => rows.toReversed()),
  "a row added": (csv) => onRows(csv, (rows) => [rows[0]?.replace(/^1,/, "9,") ?? "", ...rows]),
  "a row deleted": (csv) => onRows(csv, (rows) => rows.filter((row) => !row.startsWith("3,"))),
  "a column added in front": (csv) =>
    csv.trimEnd().split("\n").map((row, at) => `${at === 0 ? "extra" : '"x,"'},${row}\r\n`).join(
      "",
    ),
  "saved again with other quotes": (csv) => csv.replaceAll(/[^,\n]+/g, '"$&"'),
  "the tracking columns removed": (csv) => withoutColumns(csv, trackingColumns),
};

Deno.test("CsvTracker finds its rows again after another program's edit, with a journal pending", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  for (const [name, edit] of Object.entries(edits)) {
    const path = await withJournal(folder);
    const edited = edit(await readCsv(path));
    await Deno.writeTextFile(path, edited);

    assertEquals((await getDownloadStatusSummary(path)).youtube.completed, 1, name);
    await ensureTrackingColumns(path);

    const after = await readCsv(path);
    const row = await rowOf(path, "1");
    assertEquals([name, row.youtube_status, row.youtube_files], [name, "completed", "a.mp4"]);
    assertEquals((await rowOf(path, "2")).drive_status, "failed", name);
    assertEquals(withoutColumns(after, trackingColumns), withoutColumns(edited, trackingColumns));
  }
});

Deno.test("CsvTracker finds its rows again after an edit in the middle of a run", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  for (const [name, edit] of Object.entries(edits)) {
    const path = await writeCsv(folder, threeRows);
    await ensureTrackingColumns(path);
    {
      await using tracker = await CsvTracker.open(path);
      await tracker.update(0, "youtube", success(rowContext("1", "INFJ"), "before.mp4"));
      await Deno.writeTextFile(path, edit(await readCsv(path)));
      await tracker.update(0, "youtube", success(rowContext("1", "INFJ"), "after.mp4"));
      await tracker.update(1, "drive", failure(rowContext("2", "ENTP")));
    }
    assertEquals([name, (await rowOf(path, "1")).youtube_files], [name, "before.mp4,after.mp4"]);
    assertEquals((await rowOf(path, "2")).drive_status, "failed", name);
  }
});

Deno.test("CsvTracker drops what was recorded for a row that somebody has deleted, and says so", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  const path = await withJournal(folder);
  await Deno.writeTextFile(
    path,
    onRows(await readCsv(path), (rows) => rows.filter((row) => !row.startsWith("1,"))),
  );

  const found = await validateCsvIntegrity(path);
  await using tracker = await CsvTracker.open(path);
  const { rows, missing_rows } = await tracker.checkpoint();

  assertEquals(found.map(({ row_id, severity }) => [row_id, severity]), [["1", "WARNING"]]);
  assertEquals([rows, missing_rows], [1, ["1"]]);
  const gone = await assertRejects(
    () => tracker.update(0, "youtube", success(rowContext("1", "INFJ"))),
    ValidationError,
  );
  assertEquals(gone.code, "ROW_NOT_FOUND");
  assertEquals(await tracker.claim(rowContext("1", "INFJ")), undefined);
});

Deno.test("CsvTracker refuses a row whose type has changed, until it is put right or reset", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  const path = await withJournal(folder);
  const before = await readCsv(path);
  const edited = before.replace("1,INFJ", "1,ISTP");
  await Deno.writeTextFile(path, edited);

  const folding = await assertRejects(() => ensureTrackingColumns(path), ValidationError, "line 2");
  const tracker = await CsvTracker.open(path);
  const updating = await assertRejects(
    () => tracker.update(0, "youtube", success(rowContext("1", "ISTP"))),
    ValidationError,
    'was "INFJ" and now is "ISTP"',
  );
  await tracker.update(0, "drive", success(rowContext("3", "INTJ")));
  await assertRejects(() => tracker.close(), ValidationError);

  assertEquals([folding.code, updating.code], ["DATA_CORRUPTION", "DATA_CORRUPTION"]);
  assertEquals(await readCsv(path), edited);
  assertEquals((await validateCsvIntegrity(path)).map(({ row_id }) => row_id), ["1"]);

  assertEquals(await resetDownloadStatus("1", "both", path), true);
  assertEquals((await rowOf(path, "1")).youtube_status, "pending");
  assertEquals((await rowOf(path, "2")).drive_status, "failed");
  assertEquals((await rowOf(path, "3")).drive_status, "completed");
});

Deno.test("CsvTracker refuses a CSV that was broken in the middle of a run, and loses nothing", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  const path = await writeCsv(folder, threeRows);
  await ensureTrackingColumns(path);
  const whole = await readCsv(path);
  const tracker = await CsvTracker.open(path);
  await tracker.update(0, "youtube", success(rowContext("1", "INFJ")));
  const broken = `${whole}3,INTJ,Cy,c@x.org,,,,,,,,,,\n`;
  await Deno.writeTextFile(path, broken);

  const error = await assertRejects(
    () => tracker.update(0, "youtube", success(rowContext("1", "INFJ"), "b.mp4")),
    ValidationError,
    "line 5, column 1",
  );
  await assertRejects(() => tracker.close(), ValidationError);

  assertEquals(error.code, "DATA_CORRUPTION");
  assertEquals(await readCsv(path), broken);
  await Deno.writeTextFile(path, whole);
  await ensureTrackingColumns(path);
  assertEquals((await rowOf(path, "1")).youtube_files, "a.mp4");
});

Deno.test("CsvTracker respects what somebody has written into its columns between two runs", async () => {
  await using folder = await temporaryFolder("tracker-edits");
  const path = await withJournal(folder);
  await ensureTrackingColumns(path);
  const edited = (await readCsv(path)).replace("completed,a.mp4", "pending,old.mp4");
  await Deno.writeTextFile(path, edited);

  assertEquals(await ensureTrackingColumns(path), false);
  assertEquals(await readCsv(path), edited);
  {
    await using tracker = await CsvTracker.open(path);
    await tracker.update(0, "youtube", success(rowContext("1", "INFJ"), "new.mp4"));
  }

  assertEquals((await rowOf(path, "1")).youtube_files, "old.mp4,new.mp4");
});

/** A CSV with a journal that no process has folded in. */
async function withJournal(folder: TemporaryFolder): Promise<string> {
  const path = await writeCsv(folder, threeRows);
  await ensureTrackingColumns(path);
  const before = await Deno.readFile(path);
  const tracker = await CsvTracker.open(path);
  await tracker.update(0, "youtube", success(rowContext("1", "INFJ")));
  await tracker.update(1, "drive", failure(rowContext("2", "ENTP")));
  const journal = await Deno.readFile(`${path}.journal`);
  await tracker.close();
  await Deno.writeFile(path, before);
  await Deno.writeFile(`${path}.journal`, journal);
  assert(journal.length > 0);
  return path;
}

function onRows(csv: string, change: (rows: string[]) => string[]): string {
  const [header, ...rows] = splitCsv(csv).map(({ cells, end }) => cells.join(",") + end);
  return [header, ...change(rows)].join("");
}
