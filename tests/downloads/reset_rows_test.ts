import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ValidationError } from "../../lib/core/mod.ts";
import {
  CsvTracker,
  defaultCsvColumns,
  DownloadResult,
  findRowById,
  isFlawlessReset,
  resetRows,
  resetText,
} from "../../lib/downloads/mod.ts";
import { runSandbox } from "./run_sandbox.ts";

Deno.test("resetRows() tells what it reset though another row keeps it from folding that in", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.txt") }, { drive: place.putFile("b.txt") }]);
  await place.run();
  const other = await CsvTracker.open(place.csv);
  const row = await findRowById("2", place.csv);
  assert(row !== null);
  await other.update(
    1,
    "drive",
    new DownloadResult({ row_context: row.row_context, success: true, files_downloaded: ["c"] }),
  );
  await Deno.writeTextFile(
    place.csv,
    (await Deno.readTextFile(place.csv)).replace("2,INFJ", "2,ENTP"),
  );

  const report = await resetRows(["1"], {
    csvPath: place.csv,
    columns: defaultCsvColumns,
    downloadType: "both",
    dryRun: false,
    signal: AbortSignal.any([]),
  });
  await assertRejects(() => other.close(), ValidationError);

  assertEquals(report.reset, ["1"]);
  assertStringIncludes(report.not_folded ?? "", 'row "2" was "INFJ" and now is "ENTP"');
  assertEquals(isFlawlessReset(report), false);
  assertStringIncludes(resetText(report), "It stays in the CSV's journal: ");
  assertStringIncludes(resetText(report), "run --force");
  assertEquals((await findRowById("1", place.csv))?.drive.status, "pending");
});
