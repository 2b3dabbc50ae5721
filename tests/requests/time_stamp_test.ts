import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { copiesOf } from "../../lib/requests/files/processed_copy.ts";
import { findStamps, parseStamp } from "../../lib/requests/files/time_stamp.ts";
import type { RemoteFile } from "../../lib/sftp/mod.ts";

function isCopy(name: string, wanted: string): boolean {
  const file: RemoteFile = { name, path: `/p/${name}`, kind: "file", size: 1, mtimeMs: 0, mode: 0 };
  return copiesOf(file, new Set([wanted])).has(wanted);
}

Deno.test("copiesOf() knows names with a time stamp, packed or not, and no other names", () => {
  const copies = [
    "a.csv",
    "a_20261101.csv",
    "a-2026-11-01.csv",
    "a.20261101T120000Z.csv",
    "a_20261101_120000.csv",
    "a_20261101120000123.csv",
    "a_11012026.csv",
    "a_1793534400.csv",
    "a_1793534400123.csv",
    "a.csv.20261101",
    "a.csv_2026-11-01 12:00:00",
    "a.csv.gz",
    "a.csv.zip",
    "a_20261101.csv.GZ",
    "a.csv.20261101.gz",
  ];
  const others = [
    "A.csv",
    "a_2.csv",
    "a_old.csv",
    "a20261101.csv",
    "ab_20261101.csv",
    "a_20261301.csv",
    "a_20260230.csv",
    "a_20261101x.csv",
    "20261101_a.csv",
    "a.zip",
    "a.csv.bak",
    "a.csv.gz.gz",
    "_20261101.csv",
  ];

  assertEquals(copies.filter((name) => !isCopy(name, "a.csv")), []);
  assertEquals(others.filter((name) => isCopy(name, "a.csv")), []);
});

Deno.test("copiesOf() does not unpack what was packed when it was imported", () => {
  assertEquals(isCopy("a.csv.gz", "a.csv.gz"), true);
  assertEquals(isCopy("a_20261101.csv.gz", "a.csv.gz"), true);
  assertEquals(isCopy("a.csv", "a.csv.gz"), false);
});

Deno.test("copiesOf() tells a stamp of the original name from one that was added", () => {
  assertEquals(isCopy("a_20261101_20261102.csv", "a_20261101.csv"), true);
  assertEquals(isCopy("a_20261101.csv", "a_20261102.csv"), false);
});

Deno.test("parseStamp() reads every time as it was written", () => {
  fc.assert(fc.property(
    fc.date({
      min: new Date("1980-01-01"),
      max: new Date("2199-12-31T23:59:59Z"),
      noInvalidDate: true,
    }),
    (date) => {
      const atMs = Math.floor(date.getTime() / 1000) * 1000;
      const iso = new Date(atMs).toISOString().slice(0, 19);
      const digits = iso.replace(/\D/g, "");
      for (const text of [iso, digits, `${digits.slice(0, 8)}_${digits.slice(8)}`]) {
        assertEquals(parseStamp(text), atMs, text);
      }
    },
  ));
});

Deno.test("findStamps() finds what is added to a name, before or after the extension", () => {
  const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  fc.assert(fc.property(part, part, fc.boolean(), (stem, extension, isBefore) => {
    const stamp = "_20261101120000";
    const name = `${stem}.${extension}`;
    const stamped = isBefore ? `${stem}${stamp}.${extension}` : `${name}${stamp}`;

    assertEquals(findStamps(stamped).map(({ rest }) => rest), [name]);
  }));
});
