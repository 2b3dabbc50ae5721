import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { ValidationError } from "../../lib/core/mod.ts";
import { removeStaleParts } from "../../lib/requests/files/stale_parts.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { requestFiles } from "./request_files.ts";

const hourMs = 60 * 60 * 1000;

Deno.test("removeStaleParts() removes the parts of requests' files that have rested for a day", async () => {
  await using folder = await temporaryFolder("parts");
  const { path } = folder;
  const part = "0123456789abcdef.opsdeck-part";
  const parts = [`.1_a.csv.${part}`, `.-2_b\nc.csv.${part}`, `.3_${"x".repeat(39)}~1f.${part}`];
  const others = [
    "1_a.csv",
    ".1_a.csv.opsdeck-part",
    ".1_a.csv.opsdeck-part.json",
    `.a.csv.${part}`,
    `1_a.csv.${part}`,
  ];
  for (const name of [...parts, ...others]) await Deno.writeTextFile(join(path, name), "x");
  // As it is just before its renaming: with its source's time.
  for (const name of parts) await Deno.utime(join(path, name), new Date(0), new Date(0));
  await Deno.mkdir(join(path, `.4_d.csv.${part}`));

  const early = await removeStaleParts(path, Date.now() + 23 * hourMs);
  const late = await removeStaleParts(path, Date.now() + 25 * hourMs);
  const nowhere = await removeStaleParts(join(path, "none"));

  assertEquals([early, late.sort(), nowhere], [[], parts.toSorted(), []]);
  const left = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  assertEquals(left, [...others, `.4_d.csv.${part}`].sort());
});

Deno.test("downloadFiles() with verify tells the SHA-256 of what it got and of what was there", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  const big = "x".repeat(1_500_000);
  await place.add({ id: 1, name: "small.csv" }, { id: 2, name: "big.csv" });
  await place.put("in/7/small.csv", "small");
  await place.put("in/7/big.csv", big);
  const target = join(place.folder, "target");
  const download = (verify: boolean) =>
    place.requests.downloadFiles([1, 2], target, false, { verify });

  const verified = await download(true);
  const again = await download(true);
  const unverified = await download(false);

  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  const expected = [digest("small"), digest(big)];
  assertEquals([...verified.values()].map(({ sha256 }) => sha256), expected);
  assertEquals([...again.values()].map(({ status }) => status), ["skipped", "skipped"]);
  assertEquals([...again.values()].map(({ sha256 }) => sha256), expected);
  assertEquals([...unverified.values()].map(({ sha256 }) => sha256), [null, null]);
});

Deno.test("downloadFiles() and restoreFiles() refuse a maxConcurrent under which nothing would be done", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" });
  await place.put("in/7/a.csv", "a");
  await place.put("processed/7/a.csv", "a");

  for (const maxConcurrent of [0, -1, NaN, 1.5, 257]) {
    const calls = [
      () => place.requests.downloadFiles([1], place.folder, false, { maxConcurrent }),
      () => place.requests.restoreFiles([1], place.folder, false, { maxConcurrent }),
    ];
    for (const call of calls) {
      await assertRejects(call, ValidationError, `must be from 1 to 256: it is ${maxConcurrent}`);
    }
  }
});
