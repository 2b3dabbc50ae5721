import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { findRowByFile, findRowById, getPendingDownloads } from "../../lib/downloads/mod.ts";
import { ConfigurationError, ErrorHandler, ValidationError } from "../../lib/core/mod.ts";
import { smallClip } from "../support/media_site_clips.ts";
import { withoutColumns } from "../support/raw_csv.ts";
import { trackingColumns } from "../../lib/downloads/mod.ts";
import { runSandbox } from "./run_sandbox.ts";
import { needsYtdlp } from "./youtube_sandbox.ts";

Deno.test(
  "runDownloads() downloads both kinds, and file → row and row → file hold for every file",
  needsYtdlp,
  async () => {
    await using place = await runSandbox();
    place.site.files.set("/clip.mp4", { bytes: await smallClip(), type: "video/mp4", etag: '"a"' });
    const folderLink = place.put({
      kind: "folder",
      name: "papers",
      entries: ["one.pdf", "two, three.txt"].map((name) =>
        /\/d\/([^/]+)/.exec(place.putFile(name))?.[1] ?? ""
      ),
    });
    await place.rows([
      { youtube: `${place.site.url}/clip.mp4`, drive: place.putFile("essay.pdf") },
      { drive: folderLink.replace("file/d", "drive/folders").replace("/view", "") },
      {},
    ]);
    const before = await Deno.readTextFile(place.csv);

    const report = await place.run();

    assertEquals(report.failures, []);
    assertEquals(
      [report.pending, report.attempts, report.completed, report.failed, report.files],
      [3, 3, 3, 0, 4],
    );
    assertEquals([report.columns_added, report.stopped_by, report.not_begun], [true, null, 0]);
    assertEquals(report.metrics.completed_downloads, 3);
    assertEquals([report.metrics.success_rate, report.metrics.active_processes], [100, 0]);
    assertEquals(report.stats.total_files_downloaded, 4);
    assertEquals(report.recommendations, []);
    const after = await Deno.readTextFile(place.csv);
    assertEquals(withoutColumns(after, trackingColumns), before);

    const files = place.published();
    assertEquals(files.length, 4);
    for (const file of files) {
      const context = await findRowByFile(file, place.downloads);
      const row = await findRowById(context?.row_id ?? "", place.csv);
      assert([...row?.youtube.files ?? [], ...row?.drive.files ?? []].includes(file), file);
    }
    for (const row of await place.read()) {
      const listed = [row["youtube_files"], row["drive_files"]].flatMap((cell) =>
        cell ? cell.split(",") : []
      );
      for (const file of listed) {
        assertEquals((await findRowByFile(file, place.downloads))?.row_id, row["row_id"]);
      }
    }
  },
);

Deno.test("runDownloads() does nothing twice", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.txt") }, { drive: place.putFile("b.txt") }]);
  await place.run();
  const [requests, csv] = [place.drive.requests.length, await Deno.readTextFile(place.csv)];

  const again = await place.run();

  assertEquals([again.pending, again.attempts, again.completed], [0, 0, 0]);
  assertEquals(place.drive.requests.length, requests);
  assertEquals(await Deno.readTextFile(place.csv), csv);
});

Deno.test("runDownloads() tries again what may go well, and no more often than it may", async () => {
  await using place = await runSandbox();
  const failing = place.put({ kind: "trouble", trouble: "failing" });
  const recovers = place.putFile("b.txt");
  const id = /\/d\/([^/]+)/.exec(recovers)?.[1] ?? "";
  const file = place.drive.things.get(id);
  place.drive.things.set(id, { kind: "trouble", trouble: "failing" });
  await place.rows([
    { drive: failing },
    { drive: recovers },
    { drive: place.put({ kind: "trouble", trouble: "private" }) },
  ]);
  const outcomes: string[] = [];

  const report = await place.run({ retryAttempts: 3 }, {
    onDownload({ row_id, status, failed_attempts, retry_in_seconds }) {
      outcomes.push([row_id, status, failed_attempts, retry_in_seconds].join(" "));
      if (row_id === "2" && file !== undefined) place.drive.things.set(id, file);
    },
  });

  assertEquals(outcomes.toSorted(), [
    "1 failed 1 0",
    "1 failed 2 0",
    "1 failed 3 ",
    "2 completed 1 ",
    "2 failed 1 0",
    "3 failed 1 ",
  ]);
  assertEquals([report.attempts, report.completed, report.failed], [6, 1, 2]);
  assertEquals(report.failures.map(({ error_category }) => error_category).sort(), [
    "NETWORK",
    "PERMISSION",
  ]);
  const [first, second] = await place.read();
  assertMatch(first?.["download_errors"] ?? "", /^drive 1 .* \| drive 2 .* \| drive 3 .* NETWORK /);
  assertEquals(second?.["drive_status"], "completed");
  assertEquals((await place.run()).pending, 1, "only the private one has attempts left");
});

Deno.test("runDownloads() leaves out earlier failures when it is told to, but not its own", async () => {
  await using place = await runSandbox();
  const link = place.put({ kind: "trouble", trouble: "failing" });
  await place.rows([{ drive: link }]);

  const own = await place.run({ includeFailed: false, retryAttempts: 2 });
  const later = await place.run({ includeFailed: false });
  const asked = await getPendingDownloads(place.csv, "both", true, 3);

  assertEquals([own.attempts, later.attempts, asked.length], [2, 0, 1]);
});

Deno.test("runDownloads() begins as many downloads as its limit, and says how many it left", async () => {
  await using place = await runSandbox();
  await place.rows(Array.from({ length: 5 }, (_, n) => ({ drive: place.putFile(`${n}.txt`) })));

  const report = await place.run({ limit: 2 });

  assertEquals([report.completed, report.not_begun, report.pending], [2, 3, 5]);
  assertEquals(report.metrics.pending_downloads, 3);
  assertEquals(report.recommendations.map(({ command }) => command), [
    `track-downloads run --csv ${place.csv} --downloads-dir ${place.downloads}`,
  ]);
});

Deno.test("runDownloads() leaves a row alone that another program has given another type", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.txt") }, { drive: place.putFile("b.txt") }]);

  const report = await place.run({ concurrency: 1 }, {
    onStart({ row }) {
      if (row.row_id !== "1") return;
      const text = Deno.readTextFileSync(place.csv);
      Deno.writeTextFileSync(place.csv, text.replace("1,INFJ", "1,ENTP"));
    },
  });

  const [failure] = report.failures;
  assertEquals([failure?.row_id, failure?.status], ["1", "unrecorded"]);
  assertEquals([failure?.error_category, failure?.error_code], [
    "DATA_CORRUPTION",
    "DATA_CORRUPTION",
  ]);
  assertStringIncludes(report.not_folded ?? "", 'row "1" was "INFJ" and now is "ENTP"');
  const second = await findRowById("2", place.csv);
  assertEquals([report.completed, second?.drive.status], [1, "completed"]);
  assertStringIncludes(
    report.recommendations.map(({ command }) => command).join("\n"),
    "track-downloads validate-csv",
  );

  await Deno.writeTextFile(place.csv, (await Deno.readTextFile(place.csv)).replace("ENTP", "INFJ"));
  const mended = await place.run();
  assertEquals([mended.completed, mended.failed, mended.not_folded], [1, 0, null]);
  assertEquals((await place.read()).map((row) => row["drive_files"]), [
    "a_row1_INFJ.txt",
    "b_row2_INFJ.txt",
  ]);
});

Deno.test("runDownloads() stops with the line when the CSV is broken meanwhile, and goes on once it is mended", async () => {
  await using place = await runSandbox();
  await place.rows([1, 2, 3].map((n) => ({ drive: place.putFile(`${n}.txt`) })));
  let whole = "";

  await assertRejects(
    () =>
      place.run({ concurrency: 1 }, {
        onStart({ row }) {
          if (row.row_id !== "2") return;
          whole = Deno.readTextFileSync(place.csv);
          Deno.writeTextFileSync(place.csv, whole.replace("3,INFJ", '3,"INFJ'));
        },
      }),
    ValidationError,
    "line 4",
  );
  await Deno.writeTextFile(place.csv, whole);
  const mended = await place.run();

  assertEquals([mended.pending, mended.completed], [2, 2]);
  assertEquals(place.published(), ["1_row1_INFJ.txt", "2_row2_INFJ.txt", "3_row3_INFJ.txt"]);
  assertEquals(place.drive.requests.length, 3, "the second file was there");
});

Deno.test("runDownloads() is over before anything begins when yt-dlp is missing", async () => {
  await using place = await runSandbox();
  await place.rows([{ youtube: "https://example.org/v", drive: place.putFile("a.txt") }]);

  const missing = { ytdlpPath: join(place.folder, "no-yt-dlp") };
  await assertRejects(() => place.run(missing), ConfigurationError, "no-yt-dlp");
  const drive = await place.run({ ...missing, downloadType: "drive" });

  assertEquals(drive.completed, 1);
  const [row] = await place.read();
  assertEquals([row?.["youtube_status"], row?.["download_errors"]], ["pending", ""]);
});

Deno.test("runDownloads() refuses settings out of range before it touches the CSV", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.txt") }]);
  const before = await Deno.readTextFile(place.csv);

  for (
    const [settings, message] of [
      [{ resolution: "tall" }, '"tall"'],
      [{ outputFormat: "docx" }, '"docx"'],
      [{ transcriptOnly: true, resolution: 720 }, "resolution"],
      [{ exportFormat: "dcox" }, '"dcox" as it must be one of docx, pdf'],
      [{ languages: ["de"] }, "transcript only"],
      [{ concurrency: 0 }, "at once must be a whole number from 1: it is 0"],
      [{ perHost: 1.5 }, "it is 1.5"],
      [{ retryAttempts: 0 }, "attempts must be"],
      [{ limit: -1 }, "limit must be"],
    ] as const
  ) {
    await assertRejects(() => place.run(settings), ValidationError, message);
  }

  assertEquals(await Deno.readTextFile(place.csv), before);
});

Deno.test("runDownloads() wakes from a host's pause of minutes when it is stopped", async () => {
  await using place = await runSandbox();
  await place.rows([
    { drive: place.put({ kind: "trouble", trouble: "rate limit" }) },
    { drive: place.putFile("a.txt") },
  ]);
  const stop = new AbortController();
  const patient = new class extends ErrorHandler {
    override getRetryDelay(): number {
      return 590_000;
    }
  }();

  const report = await place.run({ concurrency: 1 }, {
    errorHandler: patient,
    signal: stop.signal,
    onDownload: () => void setTimeout(() => stop.abort(), 0),
  });

  assertEquals([report.attempts, report.not_begun, report.stopped_by], [1, 1, "a signal"]);
});
