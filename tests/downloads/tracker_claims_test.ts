import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../lib/core/mod.ts";
import {
  csvColumnSettings,
  CsvTracker,
  defaultCsvColumns,
  getDownloadStatusSummary,
  getPendingDownloads,
  resetDownloadStatus,
} from "../../lib/downloads/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { failure, rowContext, rowOf, success, threeRows, writeCsv } from "./tracker_csv.ts";

const third = rowContext("3", "INTJ", 2);

Deno.test("CsvTracker.claim() gives a row to one of several", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  await using one = await CsvTracker.open(path);
  await using other = await CsvTracker.open(path);

  const claims = await Promise.all([one, other, one, other].map((tracker) => tracker.claim(third)));

  const [claim, ...more] = claims.filter((found) => found !== undefined);
  assertEquals(more.length, 0);
  assertEquals(claim?.row_context.name, "Cy");
  assertEquals(claim?.downloads.map(({ download_type, url }) => [download_type, url]), [
    ["youtube", "https://y.example/3"],
    ["drive", "https://d.example/3"],
  ]);
  assertEquals((await getPendingDownloads(path)).map(({ row_id }) => row_id), ["1", "2"]);
  assertEquals((await getDownloadStatusSummary(path)).drive.downloading, 1);

  await claim?.release();
  await claim?.release();
  await using again = await other.claim(third);
  assert(again);
});

Deno.test("RowClaim.release() gives a download without a result its earlier status back", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  {
    await using tracker = await CsvTracker.open(path);
    await tracker.update(2, "drive", failure(third));
    await using claim = await tracker.claim(third);
    assertEquals(claim?.downloads.map(({ failed_attempts }) => failed_attempts), [0, 1]);
    await tracker.update(2, "youtube", success(third));
  }

  const row = await rowOf(path, "3");
  assertEquals([row.youtube_status, row.drive_status], ["completed", "failed"]);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert(!left.some((name) => name.includes("claims")), left.join());
});

Deno.test("CsvTracker.claim() looks again what the row still wants", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path);
  await tracker.update(2, "youtube", success(third));
  await tracker.update(2, "drive", failure(third));

  assertEquals(await tracker.claim(third, "youtube"), undefined);
  assertEquals(await tracker.claim(third, "both", { includeFailed: false }), undefined);
  assertEquals(await tracker.claim(third, "both", { retryAttempts: 1 }), undefined);
  await using claim = await tracker.claim(third, "both", { retryAttempts: 2 });
  assertEquals(claim?.downloads.map(({ download_type }) => download_type), ["drive"]);
});

Deno.test("CsvTracker.claim() refuses a row with another type", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path);

  const error = await assertRejects(
    () => tracker.claim(rowContext("3", "INFJ", 2)),
    ValidationError,
    "line 4",
  );

  assertEquals(error.code, "DATA_CORRUPTION");
  await using claim = await tracker.claim(third);
  assert(claim);
});

Deno.test("A row that is marked as downloading without a holder is pending", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(
    folder,
    threeRows.replace("google_drive\n", "google_drive,youtube_status\n")
      .replaceAll(/(\/?[123]?,?)\n(?=.)/g, "$1\n")
      .split("\n").map((line, at) => at === 0 || line === "" ? line : `${line},downloading`)
      .join("\n"),
  );
  await using tracker = await CsvTracker.open(path);

  assertEquals((await getPendingDownloads(path, "youtube")).map((row) => row.row_id), ["1", "3"]);
  {
    await using claim = await tracker.claim(third, "youtube");
    assert(claim);
    assertEquals((await getPendingDownloads(path, "youtube")).map((row) => row.row_id), ["1"]);
  }
  await tracker.checkpoint();

  assertEquals((await rowOf(path, "3")).youtube_status, "pending");
});

Deno.test("CsvTracker removes the locks that killed processes have left, and no others", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  await using holder = await CsvTracker.open(path);
  await using claim = await holder.claim(third);
  const claims = `${folder.path}/.output.csv.claims`;
  await Deno.writeTextFile(`${claims}/dead.lock`, "1\n");

  await (await CsvTracker.open(path)).close();

  assert(claim);
  assertEquals([...Deno.readDirSync(claims)].length, 1);
  assertEquals((await getPendingDownloads(path)).map(({ row_id }) => row_id), ["1", "2"]);
});

Deno.test("csvColumnSettings() reads the columns' names, and flags come first", () => {
  Deno.env.set("TEST_DOWNLOADS_ROW_ID_COLUMN", "id");
  Deno.env.set("TEST_DOWNLOADS_EMAIL_COLUMN", "mail");
  const environment = Deno.env.get("ENVIRONMENT");
  Deno.env.set("ENVIRONMENT", "test");
  try {
    assertEquals(csvColumnSettings({ email: "address" }), {
      ...defaultCsvColumns,
      row_id: "id",
      email: "address",
    });
  } finally {
    Deno.env.delete("TEST_DOWNLOADS_ROW_ID_COLUMN");
    Deno.env.delete("TEST_DOWNLOADS_EMAIL_COLUMN");
    if (environment === undefined) Deno.env.delete("ENVIRONMENT");
    else Deno.env.set("ENVIRONMENT", environment);
  }
});

Deno.test("resetDownloadStatus() refuses a row that somebody is at", async () => {
  await using folder = await temporaryFolder("tracker-claims");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path);
  await using claim = await tracker.claim(third);

  const error = await assertRejects(
    () => resetDownloadStatus("3", "both", path),
    ValidationError,
    'row "3"',
  );

  assert(claim);
  assertEquals(error.code, "ROW_CLAIMED");
});
