import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { NetworkError, ValidationError } from "../../lib/core/mod.ts";
import { DownloadResult, RowContext, rowContextOf } from "../../lib/downloads/mod.ts";
import { rowContext } from "./tracker_csv.ts";

Deno.test("RowContext.toMetadataDict() gives what rowContextOf() turns back", () => {
  const row = new RowContext({ row_id: "7", row_index: 6, type: "INFJ", name: "A", email: "a@x" });

  const dict: unknown = JSON.parse(JSON.stringify(row.toMetadataDict()));

  assertEquals(dict, { row_id: "7", row_index: 6, type: "INFJ", name: "A", email: "a@x" });
  assertEquals(rowContextOf(dict), row);
  for (const other of [null, 7, [], { row_id: "7" }, { ...row, row_index: "6" }]) {
    assertEquals(rowContextOf(other), undefined);
  }
});

Deno.test("RowContext.toFilenameSuffix() is readable where the id is plain", () => {
  assertEquals(rowContext("17", "INFJ").toFilenameSuffix(), "_row17_INFJ");
  assertEquals(rowContext("17", "").toFilenameSuffix(), "_row17");
  assertEquals(rowContext("17", "FF-Fi/Se #4").toFilenameSuffix(), "_row17_FF-Fi-Se-4");
});

Deno.test("RowContext.toFilenameSuffix() is safe in names and differs for every two rows", () => {
  const id = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.string({ unit: fc.constantFrom("a", "A", "1", "_", "-", "~", "/", "."), minLength: 1 }),
  );
  fc.assert(
    fc.property(id, id, fc.string(), fc.string(), (one, other, type, otherType) => {
      const suffix = rowContext(one, type).toFilenameSuffix();
      const otherSuffix = rowContext(other, otherType).toFilenameSuffix();

      assert(/^[A-Za-z0-9_~-]{1,100}$/.test(suffix), suffix);
      if (one.toWellFormed() === other.toWellFormed()) return;
      assert(suffix.toLowerCase() !== otherSuffix.toLowerCase(), `${suffix} ${otherSuffix}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("DownloadResult.getSummary() gives what goes into the CSV", () => {
  const row_context = rowContext("1", "INFJ");
  const error = new NetworkError("no route");

  const good = new DownloadResult({ success: true, files_downloaded: ["a.mp4"], row_context });
  const bad = new DownloadResult({ success: false, error, media_id: "x", row_context });
  const unknown = new DownloadResult({ success: false, row_context });

  assertEquals(good.getSummary(), {
    row_id: "1",
    status: "completed",
    files: ["a.mp4"],
    media_id: "",
    error_message: null,
    error_category: null,
  });
  assertEquals(bad.getSummary().error_message, "no route");
  assertEquals(bad.getSummary().error_category, "NETWORK");
  assertEquals(unknown.getSummary().error_category, "SYSTEM");
});

Deno.test("DownloadResult refuses file names that a list cannot hold", () => {
  const row_context = rowContext("1", "INFJ");
  for (const name of ["a,b.mp4", "", " ", "a\nb.mp4"]) {
    assertThrows(
      () => new DownloadResult({ success: true, files_downloaded: [name], row_context }),
      ValidationError,
      JSON.stringify(name),
    );
  }
});
