import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import {
  CsvTracker,
  getPendingDownloads,
  isFlawlessRun,
  resetDownloadStatus,
  runReportText,
  statePaths,
} from "../../lib/downloads/mod.ts";
import { runSandbox } from "./run_sandbox.ts";

Deno.test("runDownloads() says of a file that it was there already, and replaces a damaged one when forced", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.txt", "whole") }]);
  await place.run();
  const file = join(place.downloads, "a_row1_INFJ.txt");
  await Deno.writeTextFile(file, "WHOLE"); // damaged, and as long as before
  await resetDownloadStatus("1", "both", place.csv);

  const kept = await place.run();
  const keptText = await Deno.readTextFile(file);
  await resetDownloadStatus("1", "both", place.csv);
  const forced = await place.run({ force: true });

  assertEquals([kept.completed, kept.files, kept.files_there_already], [1, 1, 1]);
  assertMatch(runReportText(kept), /^1 completed, .*: 1 file, there already, 0 B new\n/);
  assertEquals(keptText, "WHOLE");
  assertEquals([forced.completed, forced.files, forced.files_there_already], [1, 1, 0]);
  assertEquals(await Deno.readTextFile(file), "whole");
  assertEquals(place.published(), ["a_row1_INFJ.txt"]);
});

Deno.test("runDownloads() downloads nothing twice when it is forced and tries again", async () => {
  await using place = await runSandbox();
  const idOf = (link: string) => /\/d\/([^/]+)/.exec(link)?.[1] ?? "";
  const [good, late] = [idOf(place.putFile("a.txt")), idOf(place.putFile("b.txt"))];
  const lateFile = place.drive.things.get(late);
  const folder = idOf(place.put({ kind: "folder", name: "F", entries: [good, late] }));
  await place.rows([{ drive: `https://drive.google.com/drive/folders/${folder}` }]);
  place.drive.things.set(late, { kind: "trouble", trouble: "failing" });

  const report = await place.run({ force: true }, {
    onDownload() {
      if (lateFile !== undefined) place.drive.things.set(late, lateFile);
    },
  });

  assertEquals([report.attempts, report.completed, report.files], [2, 1, 2]);
  assertEquals(report.files_there_already, 0, "this very run brought both");
  const asked = place.drive.requests.filter(({ path, query }) =>
    path.endsWith("/download") && query["id"] === good
  );
  assertEquals(asked.length, 1);
});

for (
  const [what, statement] of [
    ["can no longer be written", "drop table samples"],
    ["can no longer be opened", "pragma application_id = 1"],
  ] as const
) {
  Deno.test(`runDownloads() reports all that it did when the history ${what}`, async () => {
    await using place = await runSandbox();
    await place.rows([
      { drive: place.putFile("a.txt") },
      { drive: place.put({ kind: "trouble", trouble: "private" }) },
    ]);
    const { history } = await statePaths(place.csv, join(place.home, "state"));

    const report = await place.run({ concurrency: 1 }, {
      onDownload({ row_id }) {
        if (row_id !== "2") return;
        using database = new DatabaseSync(history);
        database.exec(statement);
      },
    });

    assertEquals([report.completed, report.failed, report.metrics.completed_downloads], [1, 1, 1]);
    assertStringIncludes(runReportText(report), "The history lacks some of it: ");
    assertStringIncludes(report.history_problem ?? "", history);
  });
}

Deno.test("runDownloads() is not flawless when it leaves a download pending that nobody makes", async () => {
  await using place = await runSandbox();
  await place.rows([{ youtube: "https://example.org/v", drive: place.putFile("a.txt") }]);
  await using other = await CsvTracker.open(place.csv);
  const [row] = await getPendingDownloads(place.csv);
  await using _claim = row && await other.claim(row, "youtube");

  const report = await place.run({ downloadType: "drive" });

  assertEquals([report.completed, report.left_pending, report.taken_elsewhere], [0, 1, 0]);
  assertEquals(isFlawlessRun(report), false);
  assertStringIncludes(runReportText(report), "1 still pending, as another process had their row");
});

Deno.test("runDownloads() takes up at its end what another process had when its turn came", async () => {
  await using place = await runSandbox();
  await place.rows([
    { youtube: "https://example.org/v", drive: place.putFile("a.txt") },
    { drive: place.putFile("b.txt") },
  ]);
  await using other = await CsvTracker.open(place.csv);
  const [row] = await getPendingDownloads(place.csv);
  const claim = row && await other.claim(row, "youtube");

  const report = await place.run({ downloadType: "drive", concurrency: 1 }, {
    onDownload: () => void claim?.release(),
  });

  assertEquals([report.completed, report.left_pending, report.taken_elsewhere], [2, 0, 0]);
  assertEquals(isFlawlessRun(report), true);
});

Deno.test("runDownloads() leaves to others what they have made meanwhile, and rows that are gone", async () => {
  await using place = await runSandbox();
  await place.rows(["a.txt", "b.txt", "c.txt"].map((name) => ({ drive: place.putFile(name) })));
  await place.run({ limit: 1 });

  const report = await place.run({ concurrency: 1 }, {
    onStart() {
      const text = Deno.readTextFileSync(place.csv);
      const lines = text.split("\n").filter((line) => !line.startsWith("3,"));
      Deno.writeTextFileSync(place.csv, lines.join("\n"));
    },
  });

  assertEquals([report.completed, report.left_pending, report.taken_elsewhere], [1, 0, 1]);
  assertEquals(isFlawlessRun(report), true);
});
