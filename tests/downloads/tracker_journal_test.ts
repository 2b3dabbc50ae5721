import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { FileOperationError, OpsdeckError } from "../../lib/core/mod.ts";
import {
  CsvTracker,
  ensureTrackingColumns,
  getDownloadStatusSummary,
  updateCsvDownloadStatus,
  validateCsvIntegrity,
} from "../../lib/downloads/mod.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
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

/** What a process leaves that is killed after four updates: a CSV and its journal. */
async function leftByKilled(folder: TemporaryFolder) {
  const path = await writeCsv(folder, threeRows);
  await ensureTrackingColumns(path);
  const csv = await Deno.readFile(path);
  const tracker = await CsvTracker.open(path);
  for (let update = 1; update <= 4; update++) {
    const row = rowContext("1", "INFJ");
    await tracker.update(0, "youtube", failure(row, { files_downloaded: [`${update}.bin`] }));
  }
  const journal = await Deno.readFile(`${path}.journal`);
  await tracker.close();
  const restore = async (bytes: Uint8Array) => {
    await Deno.writeFile(path, csv);
    await Deno.writeFile(`${path}.journal`, bytes);
  };
  await restore(journal);
  return { path, csv, journal, restore };
}

async function filesOf(path: string): Promise<number> {
  await ensureTrackingColumns(path);
  const files = ((await rowOf(path, "1")).youtube_files ?? "").split(",").filter((f) => f !== "");
  assertEquals(files, ["1.bin", "2.bin", "3.bin", "4.bin"].slice(0, files.length));
  return files.length;
}

Deno.test("CsvTracker.open() takes up the journal of a process that was killed", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const { path } = await leftByKilled(folder);

  assertEquals((await getDownloadStatusSummary(path)).youtube.failed, 1);
  assertEquals(await validateCsvIntegrity(path), []);
  await updateCsvDownloadStatus(1, "drive", success(rowContext("2", "ENTP")), path);

  assertEquals(await filesOf(path), 4);
  assertEquals((await rowOf(path, "2")).drive_status, "completed");
});

Deno.test("CsvTracker.open() takes a journal that is in the CSV already as it is", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const { path, journal } = await leftByKilled(folder);
  assertEquals(await filesOf(path), 4);
  const folded = await readCsv(path);

  // Killed between the replacement of the CSV and the removal of the journal.
  await Deno.writeFile(`${path}.journal`, journal);

  assertEquals(await filesOf(path), 4);
  assertEquals(await readCsv(path), folded);
});

Deno.test("The journal's torn end is cut off, and all before it counts", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const { path, journal, restore } = await leftByKilled(folder);
  const ends = lineEnds(journal);

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: journal.length }), async (length) => {
      await restore(journal.subarray(0, length));

      const whole = ends.filter((end) => end <= length).length;
      assertEquals((await getDownloadStatusSummary(path)).youtube.failed, whole > 0 ? 1 : 0);
      await updateCsvDownloadStatus(1, "drive", success(rowContext("2", "ENTP")), path);
      assertEquals(await filesOf(path), whole);
    }),
    { numRuns: 40 },
  );
});

Deno.test("A flipped bit anywhere in the journal is never applied", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const { path, csv, journal, restore } = await leftByKilled(folder);

  await fc.assert(
    fc.asyncProperty(fc.nat(journal.length - 1), fc.nat(7), async (at, bit) => {
      const bytes = journal.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      await restore(bytes);

      for (const use of [CsvTracker.open, getDownloadStatusSummary]) {
        const error = await assertRejects(() => use(path), FileOperationError, ".journal");
        assertEquals([error.code, error.exitCode], ["DATA_CORRUPTION", 3]);
      }
      assertEquals(await Deno.readFile(path), csv);
      assertEquals(await Deno.readFile(`${path}.journal`), bytes);
      assert((await validateCsvIntegrity(path)).some(({ severity }) => severity === "CRITICAL"));
    }),
    { numRuns: 60 },
  );
});

Deno.test("Journal lines that are doubled, swapped, missing or of other things are refused", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const { path, csv, journal, restore } = await leftByKilled(folder);
  const [one = "", two = "", three = "", four = ""] = new TextDecoder().decode(journal)
    .split(/(?<=\n)/);
  const damaged = {
    doubled: [one, two, two, three, four],
    "doubled at the end": [one, two, three, four, four],
    swapped: [one, three, two, four],
    "swapped at the end": [one, two, four, three],
    missing: [one, three, four],
    "first missing": [two, three, four],
    "garbage in the middle": [one, "garbage\n", two, three, four],
    "garbage at the end": [one, two, three, four, "garbage\n"],
    "a foreign journal": ['9d1a1e6c 1 {"id":1}\n'],
  };

  for (const [name, lines] of Object.entries(damaged)) {
    await restore(new TextEncoder().encode(lines.join("")));
    const error = await assertRejects(() => CsvTracker.open(path), OpsdeckError, ".journal");
    assertEquals([name, error.code], [name, "DATA_CORRUPTION"]);
    assertEquals(await Deno.readFile(path), csv);
  }
});

Deno.test("CsvTracker notices that its journal was cut or taken away", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const row = rowContext("1", "INFJ");
  for (const harm of ["cut", "removed"]) {
    const path = await writeCsv(folder, threeRows);
    const tracker = await CsvTracker.open(path);
    await tracker.update(0, "youtube", success(row));
    if (harm === "cut") await Deno.truncate(`${path}.journal`, 3);
    else await Deno.remove(`${path}.journal`);

    const error = await assertRejects(
      () => tracker.update(0, "youtube", success(row)),
      FileOperationError,
      ".journal",
    );
    await tracker.close().catch(() => {});
    await Deno.remove(`${path}.journal`).catch(() => {});

    assertEquals([harm, error.code], [harm, "DATA_CORRUPTION"]);
  }
});

Deno.test("Two trackers of one CSV see each other's updates and folds", async () => {
  await using folder = await temporaryFolder("tracker-journal");
  const rows = Array.from({ length: 20 }, (_, row) => `${row},T,N,E,https://y/${row},`);
  const path = await writeCsv(folder, [header, ...rows].join("\n"));
  {
    await using one = await CsvTracker.open(path);
    await using other = await CsvTracker.open(path, { checkpointBytes: 1500 });
    for (let update = 0; update < 60; update++) {
      const row = rowContext(`${update % 7}`, "T");
      const result = failure(row, { files_downloaded: [`${update}.bin`] });
      await (update % 2 === 0 ? one : other).update(0, "youtube", result);
      if (update % 11 === 0) await one.checkpoint();
    }
  }

  const files = await Promise.all(
    Array.from({ length: 7 }, async (_, row) => (await rowOf(path, `${row}`)).youtube_files),
  );
  assertEquals(files.join(",").split(",").length, 60);
  assertStringIncludes((await rowOf(path, "0")).download_errors ?? "", "youtube 9 ");
});

function lineEnds(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte, at) => byte === 0x0a ? [at + 1] : []);
}
