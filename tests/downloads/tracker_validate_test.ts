import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  ensureTrackingColumns,
  findRowByFile,
  validateCsvIntegrity,
} from "../../lib/downloads/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { header, readCsv, rowContext, threeRows, writeCsv } from "./tracker_csv.ts";

Deno.test("validateCsvIntegrity() finds nothing wrong with a good CSV, and changes nothing", async () => {
  await using folder = await temporaryFolder("tracker-validate");
  const path = await writeCsv(folder, `\ufeff${threeRows}`);

  assertEquals(await validateCsvIntegrity(path), []);
  await ensureTrackingColumns(path);
  const text = await readCsv(path);
  assertEquals(await validateCsvIntegrity(path), []);

  assertEquals(await readCsv(path), text);
});

Deno.test("validateCsvIntegrity() lists all problems in file order, with what they mean", async () => {
  await using folder = await temporaryFolder("tracker-validate");
  const path = await writeCsv(
    folder,
    [
      `${header},youtube_status`,
      "1,INFJ,A,a@x,u,,pending",
      '1,INFJ,"A\nB",a@x,u,,pending',
      ",INFJ,A,a@x,u,,skip",
      "4,,,a@x,u,,",
      "5,INFJ,A",
      '6,INFJ,A"B,a@x,u,,',
      '7,INFJ,"A,a@x,u,,',
      "",
    ].join("\n"),
  );

  const found = await validateCsvIntegrity(path);

  const lines = found.map(({ severity, category, message }) => {
    const [, line, column, reason] = /line (\d+), column (\d+) as ([^;]+)/.exec(message) ?? [];
    return `${line}:${column} ${severity} ${category} ${reason}`;
  });
  assertEquals(lines, [
    '3:1 ERROR DATA_CORRUPTION the row_id "1" is also that of row 1 below the header',
    "5:1 ERROR DATA_CORRUPTION the row has no row_id",
    '5:16 WARNING VALIDATION the youtube_status "skip" is none of pending, downloading, completed ' +
    "and failed",
    "6:3 WARNING VALIDATION the row has no type",
    "6:4 WARNING VALIDATION the row has no name",
    "7:1 ERROR VALIDATION the row has 3 fields, the header 7",
    "8:9 ERROR VALIDATION a quote is in a cell that does not begin with one",
    "9:8 ERROR VALIDATION a quote is opened and never closed",
  ]);
  assertEquals(found[3]?.row_id, "4");
  assertEquals(found.every(({ file_path }) => file_path === path), true);
});

Deno.test("validateCsvIntegrity() bounds its list and says how many there are", async () => {
  await using folder = await temporaryFolder("tracker-validate");
  const path = await writeCsv(folder, `${header}\n${"1,T\n".repeat(5000)}`);

  const found = await validateCsvIntegrity(path);

  assertEquals(found.length, 1001);
  assertStringIncludes(found.at(-1)?.message ?? "", "problems");
});

Deno.test("validateCsvIntegrity() warns of a missing address column", async () => {
  await using folder = await temporaryFolder("tracker-validate");
  const path = await writeCsv(folder, threeRows.replace("google_drive", "drive"));

  const [found, ...others] = await validateCsvIntegrity(path);

  assertEquals([found?.severity, others], ["WARNING", []]);
  assertStringIncludes(found?.message ?? "", '"google_drive"');
});

Deno.test("findRowByFile() finds the row by the metadata beside the file, at any depth", async () => {
  await using folder = await temporaryFolder("tracker-validate");
  const row = rowContext("7", "INFJ", 6);
  const name = `video${row.toFilenameSuffix()}.mp4`;
  const metadata = {
    row_context: row.toMetadataDict(),
    download_type: "youtube",
    file_name: name,
    size_bytes: 1,
  };
  await Deno.mkdir(join(folder.path, "a", "b"), { recursive: true });
  await Deno.mkdir(join(folder.path, ".attempt"));
  await Deno.writeTextFile(join(folder.path, "other.mp4.metadata.json"), "not JSON");
  await Deno.writeTextFile(
    join(folder.path, ".attempt", "x.mp4.metadata.json"),
    JSON.stringify(metadata),
  );
  const path = join(folder.path, "a", "b", `${name}.metadata.json`);
  await Deno.writeTextFile(path, JSON.stringify(metadata));

  assertEquals(await findRowByFile(name, folder.path), row);
  assertEquals(await findRowByFile(join("elsewhere", name), folder.path), row);
  assertEquals(await findRowByFile(path, folder.path), row);
  for (const unknown of ["none.mp4", "other.mp4", "x.mp4", ""]) {
    assert(await findRowByFile(unknown, folder.path) === null, unknown);
  }
});
