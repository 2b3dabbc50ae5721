import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { NetworkError, RateLimitError, ValidationError } from "../../lib/core/mod.ts";
import {
  CsvTracker,
  DownloadResult,
  type DownloadType,
  ensureTrackingColumns,
  findRowById,
  getDownloadStatusSummary,
  getFailedDownloads,
  getPendingDownloads,
  missingTrackingColumns,
  parseErrorHistory,
  resetDownloadStatus,
  trackingColumns,
  updateCsvDownloadStatus,
} from "../../lib/downloads/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import {
  failure,
  header,
  readCsv,
  rowContext,
  rowOf,
  success,
  threeRows,
  writeCsv,
} from "./tracker_csv.ts";

Deno.test("ensureTrackingColumns() adds the reference's columns once", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);

  assertEquals(await ensureTrackingColumns(path), true);
  const text = await readCsv(path);
  assertEquals(await ensureTrackingColumns(path), false);

  assertEquals(text.split("\n")[0], `${header},${trackingColumns.join(",")}`);
  assertEquals((await rowOf(path, "1")).youtube_status, "pending");
  assertEquals((await rowOf(path, "1")).drive_status, "");
  assertEquals(await readCsv(path), text);
});

Deno.test("ensureTrackingColumns() adds only what is missing, wherever the rest stands", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(
    folder,
    `drive_status,${header},youtube_files\nfailed,1,INFJ,A,a@x,https://y/1,,"kept.mp4"\n`,
  );

  assertEquals(await ensureTrackingColumns(path), true);

  const row = await rowOf(path, "1");
  assertEquals([row.drive_status, row.youtube_files, row.youtube_status], [
    "failed",
    "kept.mp4",
    "pending",
  ]);
});

Deno.test("getPendingDownloads() lists rows with an address and without a result", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);

  const all = await getPendingDownloads(path);
  const drive = await getPendingDownloads(path, "drive");

  assertEquals(all.map(({ row_id, row_index }) => [row_id, row_index]), [["1", 0], ["2", 1], [
    "3",
    2,
  ]]);
  assertEquals(drive.map(({ row_id }) => row_id), ["2", "3"]);
  assertEquals(all[2]?.downloads, [
    { download_type: "youtube", url: "https://y.example/3", status: "pending", failed_attempts: 0 },
    { download_type: "drive", url: "https://d.example/3", status: "pending", failed_attempts: 0 },
  ]);
  assertEquals(all[0]?.toMetadataDict().name, "Ann");
  assertEquals((await getPendingDownloads(path, "both", true, 3, { limit: 2 })).length, 2);
});

Deno.test("getPendingDownloads() leaves a failed download out after its attempts", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const row = rowContext("1", "INFJ");
  const pending = async (includeFailed?: boolean, retryAttempts?: number) =>
    (await getPendingDownloads(path, "youtube", includeFailed, retryAttempts))
      .map(({ row_id }) => row_id);

  await using tracker = await CsvTracker.open(path);
  await tracker.update(0, "youtube", failure(row));

  assertEquals(await pending(), ["1", "3"]);
  assertEquals(await pending(false), ["3"]);
  assertEquals(await pending(true, 1), ["3"]);
  await tracker.update(0, "youtube", failure(row));
  assertEquals(await pending(), ["1", "3"]);
  await tracker.update(0, "youtube", failure(row));
  assertEquals(await pending(), ["3"]);
  assertEquals(await pending(true, 4), ["1", "3"]);
});

Deno.test("getPendingDownloads() takes statuses by their word, and leaves unknown ones alone", async () => {
  await using folder = await temporaryFolder("tracker");
  const statuses = ["", " Pending ", "downloading", "FAILED", "Completed", "skip"];
  const rows = statuses.map((status, row) => `${row},T,N,E,https://y/${row},,${status}`);
  const path = await writeCsv(folder, [`${header},youtube_status`, ...rows].join("\n"));

  const pending = await getPendingDownloads(path);
  const { youtube } = await getDownloadStatusSummary(path);

  assertEquals(pending.map(({ row_id }) => row_id), ["0", "1", "2", "3"]);
  assertEquals(pending[3]?.downloads[0]?.failed_attempts, 1);
  const counts = { has_content: 6, pending: 3, downloading: 0, completed: 1, failed: 1, other: 1 };
  assertEquals(youtube, counts);
});

Deno.test("getPendingDownloads() refuses arguments out of range", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const noDrive = threeRows.replace("google_drive", "other");

  await assertRejects(() => getPendingDownloads(path, "both", true, 0), ValidationError, "it is 0");
  await assertRejects(
    () => getPendingDownloads(path, "both", true, 3, { limit: 1.5 }),
    ValidationError,
    "limit",
  );
  await writeCsv(folder, noDrive);
  assertEquals((await getPendingDownloads(path)).map(({ row_id }) => row_id), ["1", "3"]);
  await assertRejects(
    () => getPendingDownloads(path, "drive"),
    ValidationError,
    'no column "google_drive"',
  );
});

Deno.test("updateCsvDownloadStatus() writes status, files, id and time, and keeps the other kind", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const row = rowContext("3", "INTJ", 2);
  const now = () => new Date("2026-11-20T22:37:20Z");

  await updateCsvDownloadStatus(2, "drive", success(row, "d.pdf"), path);
  await updateCsvDownloadStatus(2, "youtube", success(row, "a.mp4"), path, { now });
  await updateCsvDownloadStatus(2, "youtube", success(row, "b.mp4"), path, { now });

  const { youtube_status, youtube_files, youtube_media_id, drive_status, drive_files, ...rest } =
    await rowOf(path, "3");
  assertEquals([youtube_status, youtube_files, youtube_media_id], [
    "completed",
    "a.mp4,b.mp4",
    "id1",
  ]);
  assertEquals([drive_status, drive_files], ["completed", "d.pdf"]);
  assertEquals(rest.last_download_attempt, "2026-11-20T22:37:20.000Z");
  assertEquals(rest.download_errors, "");
});

Deno.test("updateCsvDownloadStatus() finds the row by its id whatever the index says", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);

  for (const index of [0, 2, 99, -1, NaN]) {
    await updateCsvDownloadStatus(
      index,
      "drive",
      success(rowContext("2", "ENTP"), `${index}.pdf`),
      path,
    );
  }

  assertEquals((await rowOf(path, "2")).drive_files, "0.pdf,2.pdf,99.pdf,-1.pdf,NaN.pdf");
  assertEquals((await rowOf(path, "1")).drive_files, "");
});

Deno.test("updateCsvDownloadStatus() keeps the attempts of each kind with number, time and category", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const row = rowContext("3", "INTJ", 2);
  const error = new RateLimitError("HTTP Error 429 | slow\ndown");

  await updateCsvDownloadStatus(2, "youtube", failure(row, { error, error_message: null }), path);
  await updateCsvDownloadStatus(
    2,
    "drive",
    failure(row, { error: new NetworkError("gone") }),
    path,
  );
  await updateCsvDownloadStatus(2, "youtube", failure(row), path);

  const [failed, ...others] = await getFailedDownloads(path, "youtube");
  assertEquals(others, []);
  assertEquals(failed?.attempts, 2);
  assertEquals(failed?.url, "https://y.example/3");
  assertEquals(
    failed?.errors.map(({ attempt, category, message }) => [attempt, category, message]),
    [
      [1, "RATE_LIMIT", "HTTP Error 429 / slow down"],
      [2, "SYSTEM", "no"],
    ],
  );
  assertMatch(
    (await rowOf(path, "3")).download_errors ?? "",
    /^youtube 1 \S+Z RATE_LIMIT .+ \| drive 1 /,
  );
  assertEquals((await getFailedDownloads(path)).length, 2);
});

Deno.test("updateCsvDownloadStatus() bounds the history and goes on counting", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(
    folder,
    `${header},download_errors\n1,INFJ,A,a@x,https://y/1,,see ticket 7\n`,
  );
  const message = "é".repeat(5000);
  {
    await using tracker = await CsvTracker.open(path);
    for (let time = 0; time < 25; time++) {
      await tracker.update(
        0,
        "youtube",
        failure(rowContext("1", "INFJ"), { error_message: message }),
      );
    }
  }

  const { download_errors = "" } = await rowOf(path, "1");
  const attempts = parseErrorHistory(download_errors).map(({ attempt }) => attempt);
  assertEquals(attempts, [16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  assert(download_errors.startsWith("see ticket 7 | youtube 16 "));
  assert(download_errors.length < 4000);
  assertEquals((await getFailedDownloads(path))[0]?.attempts, 25);
});

Deno.test("updateCsvDownloadStatus() refuses another type and an unknown row, and changes nothing", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);

  const changed = await assertRejects(
    () => updateCsvDownloadStatus(1, "drive", success(rowContext("2", "INFJ")), path),
    ValidationError,
    "line 3",
  );
  const gone = await assertRejects(
    () => updateCsvDownloadStatus(1, "drive", success(rowContext("9", "INFJ")), path),
    ValidationError,
    'row "9"',
  );
  const kind: string = "vimeo";
  await assertRejects(
    // A word from a command line that nobody has checked.
    () => updateCsvDownloadStatus(0, kind as DownloadType, success(rowContext("1", "INFJ")), path),
    ValidationError,
    '"vimeo"',
  );

  assertEquals([changed.code, changed.category], ["DATA_CORRUPTION", "DATA_CORRUPTION"]);
  assertStringIncludes(changed.message, 'was "INFJ" and now is "ENTP"');
  assertEquals(gone.code, "ROW_NOT_FOUND");
  assertEquals(await readCsv(path), threeRows);
});

Deno.test("resetDownloadStatus() clears one kind, or both, and starts the attempts anew", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const row = rowContext("3", "INTJ", 2);
  for (const type of ["youtube", "drive"] as const) {
    await updateCsvDownloadStatus(2, type, failure(row, { files_downloaded: [`${type}.x`] }), path);
  }

  assertEquals(await resetDownloadStatus("3", "youtube", path), true);

  const one = await rowOf(path, "3");
  assertEquals([one.youtube_status, one.youtube_files, one.drive_status, one.drive_files], [
    "pending",
    "",
    "failed",
    "drive.x",
  ]);
  assertEquals(parseErrorHistory(one.download_errors ?? "").length, 1);
  assertEquals(await resetDownloadStatus("3", "both", path), true);
  const both = await rowOf(path, "3");
  assertEquals([both.drive_status, both.download_errors, both.last_download_attempt], [
    "pending",
    "",
    "",
  ]);
  assertEquals(await resetDownloadStatus("9", "both", path), false);
});

Deno.test("getDownloadStatusSummary() counts rows by status", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path);
  await tracker.update(0, "youtube", success(rowContext("1", "INFJ")));
  await tracker.update(2, "drive", failure(rowContext("3", "INTJ")));

  const summary = await getDownloadStatusSummary(path);

  const counts = { has_content: 2, pending: 1, downloading: 0, other: 0 };
  assertEquals(summary, {
    total_rows: 3,
    youtube: { ...counts, completed: 1, failed: 0 },
    drive: { ...counts, completed: 0, failed: 1 },
  });
});

Deno.test("findRowById() gives a row with its files and history", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path);
  await tracker.update(2, "youtube", success(rowContext("3", "INTJ"), "a.mp4"));
  await tracker.update(2, "youtube", success(rowContext("3", "INTJ"), "b.mp4"));
  await tracker.update(2, "drive", failure(rowContext("3", "INTJ")));

  const row = await findRowById("3", path);

  assertEquals(row?.row_context.name, "Cy");
  assertEquals(row?.youtube, {
    url: "https://y.example/3",
    status: "completed",
    files: ["a.mp4", "b.mp4"],
    media_id: "id1",
    failed_attempts: 0,
    errors: [],
  });
  assertEquals([row?.drive.status, row?.drive.errors[0]?.message], ["failed", "no"]);
  assertEquals((await findRowById("1", path))?.drive.url, "");
  assertEquals(await findRowById("9", path), null);
});

Deno.test("missingTrackingColumns() tells what ensureTrackingColumns() would add", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(
    folder,
    threeRows.replace(header, `${header},drive_files`).replaceAll(/(?<=\d)\n|(?<=,)\n/g, ",\n"),
  );
  const { drive_files: _, ...others } = Object.fromEntries(
    trackingColumns.map((name) => [name, 0]),
  );

  assertEquals<string[]>(await missingTrackingColumns(path), Object.keys(others));
  await ensureTrackingColumns(path);

  assertEquals(await missingTrackingColumns(path), []);
});

Deno.test("The tracker reads columns under other names", async () => {
  await using folder = await temporaryFolder("tracker");
  const renamed = threeRows.replace(header, "id,kind,who,mail,video,drive");
  const path = await writeCsv(folder, renamed);
  const columns = {
    row_id: "id",
    type: "kind",
    name: "who",
    email: "mail",
    youtube_playlist: "video",
    google_drive: "drive",
  };

  assertEquals(await ensureTrackingColumns(path, { columns }), true);
  await updateCsvDownloadStatus(0, "youtube", success(rowContext("1", "INFJ")), path, { columns });

  assertEquals((await getPendingDownloads(path, "both", true, 3, { columns })).length, 2);
  assertEquals((await getDownloadStatusSummary(path, { columns })).youtube.completed, 1);
});

Deno.test("CsvTracker keeps results in the journal until a checkpoint, and readers see them at once", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  await ensureTrackingColumns(path);
  const before = await readCsv(path);

  const tracker = await CsvTracker.open(path);
  await tracker.update(0, "youtube", success(rowContext("1", "INFJ")));
  await updateCsvDownloadStatus(1, "drive", success(rowContext("2", "ENTP")), path);

  assertEquals(await readCsv(path), before);
  assertEquals((await getDownloadStatusSummary(path)).youtube.completed, 1);
  assertEquals((await getDownloadStatusSummary(path)).drive.completed, 1);
  assertEquals(await tracker.checkpoint(), { rows: 2, columns: 0, missing_rows: [] });
  assertEquals((await rowOf(path, "1")).youtube_status, "completed");
  assertEquals(await tracker.checkpoint(), { rows: 0, columns: 0, missing_rows: [] });
  await tracker.close();
  await tracker.close();
  await assertRejects(
    () => tracker.update(0, "youtube", success(rowContext("1", "INFJ"))),
    ValidationError,
    "closed",
  );
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assertEquals(left, ["output.csv", "output.csv.lock"]);
});

Deno.test("CsvTracker folds by itself when the journal has grown", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  await using tracker = await CsvTracker.open(path, { checkpointBytes: 1 });

  await tracker.update(0, "youtube", success(rowContext("1", "INFJ")));

  assertEquals((await rowOf(path, "1")).youtube_status, "completed");
});

Deno.test("CsvTracker.update() takes many calls at once", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  {
    await using tracker = await CsvTracker.open(path, { checkpointBytes: 2000 });
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        tracker.update(
          0,
          "youtube",
          failure(rowContext("1", "INFJ"), { files_downloaded: [`f${n}`] }),
        )),
    );
  }

  assertEquals((await rowOf(path, "1")).youtube_files?.split(",").length, 60);
  assertEquals((await getFailedDownloads(path))[0]?.attempts, 60);
});

Deno.test("The tracker follows a symbolic link, and keeps link, mode and owner", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  await Deno.chmod(path, 0o640);
  const link = `${folder.path}/link.csv`;
  await Deno.symlink(path, link);
  const { uid, gid } = await Deno.stat(path);

  await updateCsvDownloadStatus(0, "youtube", success(rowContext("1", "INFJ")), link);

  assert((await Deno.lstat(link)).isSymlink);
  const { mode, uid: uidAfter, gid: gidAfter } = await Deno.stat(path);
  assertEquals([(mode ?? 0) & 0o777, uidAfter, gidAfter], [0o640, uid, gid]);
  assertEquals((await rowOf(link, "1")).youtube_status, "completed");
});

Deno.test("DownloadResult of a failure keeps the files that it made in the row", async () => {
  await using folder = await temporaryFolder("tracker");
  const path = await writeCsv(folder, threeRows);
  const row_context = rowContext("1", "INFJ");
  const partly = new DownloadResult({ success: false, files_downloaded: ["1.mp4"], row_context });

  await updateCsvDownloadStatus(0, "youtube", partly, path);
  await updateCsvDownloadStatus(0, "youtube", failure(row_context), path);

  assertEquals((await rowOf(path, "1")).youtube_files, "1.mp4");
});
