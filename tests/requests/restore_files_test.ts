import { assertEquals, assertMatch } from "@std/assert";
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { forEachSftpServer, startSftpServer } from "../support/sftp_server.ts";
import { requestFiles, type RequestFilesPlace } from "./request_files.ts";
import { zipOf } from "./zip_file.ts";

async function restore(
  place: RequestFilesPlace,
  ids: number[],
  options: Parameters<typeof place.requests.restoreFiles>[3] = {},
) {
  return await place.requests.restoreFiles(ids, place.folder, false, options);
}

forEachSftpServer(
  "restoreFiles() puts every processed copy back under its own name",
  async (server) => {
    await using place = await requestFiles(server);
    const big = "x".repeat(700_000) + "end";
    await place.add(
      { id: 1, name: "plain.csv" },
      { id: 2, name: "before.csv", district: 8 },
      { id: 3, name: "after.csv" },
      { id: 4, name: "big.csv" },
      { id: 5, name: "packed.csv" },
      { id: 6, name: "zipped.csv" },
      { id: 7, name: "empty.csv" },
    );
    await place.put("processed/7/plain.csv", "plain");
    await place.put("processed/8/before_20261101120000.csv", "before");
    await place.put("processed/7/after.csv.2026-11-01", "after");
    await place.put("processed/7/big.csv", big);
    await place.put("processed/7/packed_20261101.csv.gz", gzipSync("packed"));
    await place.put("processed/7/zipped.csv.zip", zipOf({ "zipped.csv": "zipped" }));
    await place.put("processed/7/empty.csv", "");

    const outcomes = await restore(place, [1, 2, 3, 4, 5, 6, 7]);

    assertEquals(
      [...outcomes.values()].map(({ status, error }) => [status, error]),
      Array(7).fill(["restored", null]),
    );
    assertEquals(await place.list(), {
      "7/plain.csv": "plain",
      "8/before.csv": "before",
      "7/after.csv": "after",
      "7/big.csv": big,
      "7/packed.csv": "packed",
      "7/zipped.csv": "zipped",
      "7/empty.csv": "",
    });
    const methods = [...outcomes.values()].map(({ method }) => method);
    const copied = server.kind === "openssh" ? "server" : "client";
    const plain = Array(4).fill(copied);
    assertEquals(methods, [...plain, "unpacked", "unpacked", copied]);
    assertEquals([...outcomes.values()].map(({ bytes }) => bytes), [5, 6, 5, big.length, 6, 6, 0]);
  },
);

forEachSftpServer(
  "restoreFiles() leaves what is identical, and replaces nothing else without force",
  async (server) => {
    await using place = await requestFiles(server);
    await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" }, { id: 3, name: "c.csv" });
    await place.put("processed/7/a.csv", "same", 1);
    await place.put("in/7/a.csv", "same", 2);
    await place.put("processed/7/b.csv", "right", 1);
    await place.put("in/7/b.csv", "wrong", 2);
    await place.put("processed/7/c.csv.gz", gzipSync("packed"), 1);
    await place.put("in/7/c.csv", "wrong!", 2);

    const first = await restore(place, [1, 2, 3]);
    const second = await restore(place, [1, 2, 3], { force: true, verify: true });
    const third = await restore(place, [1, 2, 3]);

    assertEquals([...first.values()].map(({ status, error_code }) => [status, error_code]), [
      ["identical", null],
      ["failed", "REMOTE_FILE_EXISTS"],
      ["failed", "REMOTE_FILE_EXISTS"],
    ]);
    assertMatch(
      first.get(2)?.error ?? "",
      /a different file of 5 bytes is there; look at it, then/,
    );
    assertEquals([...second.values()].map(({ status, replaced }) => [status, replaced]), [
      ["identical", false],
      ["restored", true],
      ["restored", true],
    ]);
    assertEquals([...third.values()].map(({ status }) => status), Array(3).fill("identical"));
    assertEquals(await place.list(), {
      "7/a.csv": "same",
      "7/b.csv": "right",
      "7/c.csv": "packed",
    });
  },
);

Deno.test("restoreFiles() takes the newest of several copies and tells which it passed over", async () => {
  await using server = await startSftpServer("embedded");
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });
  await place.put("processed/7/a_20261101.csv", "old", 50);
  await place.put("processed/7/a_20261103.csv", "new", 10);
  await place.put("processed/7/a.csv.20261102.gz", gzipSync("middle"), 90);
  await place.put("processed/7/a_copy.csv", "no copy", 99);
  await place.put("processed/7/b.csv", "newest", 60);
  await place.put("processed/7/b_20261102.csv", "older", 50);

  const outcomes = await restore(place, [1, 2]);

  assertEquals(await place.list(), { "7/a.csv": "new", "7/b.csv": "newest" });
  const names = (id: number) => outcomes.get(id)?.passed_over.map((path) => path.split("/").at(-1));
  assertEquals(names(1), ["a.csv.20261102.gz", "a_20261101.csv"]);
  assertEquals(names(2), ["b_20261102.csv"]);
});

Deno.test("restoreFiles() names what is wrong with one request, and goes on with the others", async () => {
  await using server = await startSftpServer("embedded");
  await using place = await requestFiles(server);
  const wrong: [name: string, packed: Uint8Array][] = [
    ["cut.csv.gz", gzipSync("x".repeat(10_000)).subarray(0, 30)],
    ["flipped.csv.gz", flip(gzipSync("x".repeat(100)))],
    ["none.csv.gz", new TextEncoder().encode("no gzip")],
    ["two.csv.zip", zipOf({ "two.csv": "1", "more.csv": "2" })],
    ["evil.csv.zip", zipOf({ "../evil": "x" })],
    ["sum.csv.zip", zipOf({ "sum.csv": "right" }, { crc32: 7 })],
    ["bomb.csv.gz", gzipSync(new Uint8Array(30_000_000))],
    ["bomb2.csv.zip", zipOf({ "bomb2.csv": new Uint8Array(30_000_000) })],
    ["lie.csv.zip", zipOf({ "lie.csv": "x".repeat(1000) }, { size: 10 })],
  ];
  let id = 0;
  for (const [name, bytes] of wrong) {
    await place.add({ id: ++id, name: name.replace(/\.(gz|zip)$/, "") });
    await place.put(`processed/7/${name}`, bytes);
  }
  await place.add(
    { id: 20, name: "absent.csv" },
    { id: 21, name: "../../etc/passwd" },
    { id: 22, name: null },
    { id: 23, name: "gone.csv", district: 9 },
    { id: 24, name: "good.csv" },
  );
  await place.put("processed/7/good.csv", "good");

  const ids = wrong.map((_, index) => index + 1);
  const outcomes = await restore(place, [...ids, 20, 21, 22, 23, 99, 24]);

  const bad = "BAD_ARCHIVE";
  const large = "UNPACKED_TOO_LARGE";
  assertEquals([...outcomes].map(([id, { error_code }]) => [id, error_code]), [
    ...[bad, bad, bad, bad, bad, bad, large, large, bad].map((code, index) => [index + 1, code]),
    [20, "NO_PROCESSED_COPY"],
    [21, "BAD_FILE_NAME"],
    [22, "NO_FILE_NAME"],
    [23, "NO_DIRECTORY"],
    [99, "UNKNOWN_REQUEST"],
    [24, null],
  ]);
  assertMatch(outcomes.get(4)?.error ?? "", /there are 2 files in it/);
  assertMatch(outcomes.get(5)?.error ?? "", /evil/);
  assertMatch(outcomes.get(23)?.error ?? "", /processed\/9' on .* correct ProcessedDirectory/);
  assertEquals(await place.list(), { "7/good.csv": "good" });
  const left = [...Deno.readDirSync(place.folder)].map(({ name }) => name);
  assertEquals(left.filter((name) => name.startsWith("opsdeck-restore-")), []);
});

Deno.test("restoreFiles() goes on when a district has no login or a wrong one", async () => {
  await using server = await startSftpServer("embedded");
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "a.csv", district: 8 }, {
    id: 3,
    name: "a.csv",
    district: 9,
  });
  await place.put("processed/7/a.csv", "a");
  place.settings["DEVELOPMENT_DISTRICT_8_SFTP_PRIVATE_KEY"] = join(place.folder, "no-key");
  place.settings["DEVELOPMENT_DISTRICT_9_SFTP_USER"] = "nobody-here";

  const outcomes = await restore(place, [1, 2, 3]);

  assertEquals(
    [...outcomes.values()].map((
      { status, error_code, exit_code },
    ) => [status, error_code, exit_code]),
    [
      ["restored", null, null],
      ["failed", "PRIVATE_KEY", 2],
      ["failed", "LOGIN_REFUSED", 2],
    ],
  );
  assertMatch(outcomes.get(2)?.error ?? "", /DEVELOPMENT_DISTRICT_8_SFTP_PRIVATE_KEY/);
});

forEachSftpServer(
  "restoreFiles() by two runs at once makes each file once, whole",
  async (server) => {
    await using place = await requestFiles(server);
    const ids = Array.from({ length: 60 }, (_, index) => index + 1);
    for (const id of ids) {
      await place.add({ id, name: `file_${id}.csv` });
      const packed = id % 10 === 0;
      const content = `content of ${id}`;
      await place.put(
        `processed/7/file_${id}.csv${packed ? ".gz" : ""}`,
        packed ? gzipSync(content) : content,
      );
    }
    await using other = place.manager();

    const [first, second] = await Promise.all([
      restore(place, ids),
      other.restoreFiles(ids, place.folder, false),
    ]);

    const all = [...first.values(), ...second.values()];
    assertEquals(all.filter(({ error }) => error !== null), []);
    for (const id of ids) {
      const statuses = [first.get(id)?.status, second.get(id)?.status].sort();
      // ProFTPD looks whether a name is free, and renames then: two sessions may both be let.
      if (server.kind === "proftpd" && statuses[0] === "restored") continue;
      assertEquals(statuses, ["identical", "restored"]);
    }
    const expected = ids.map((id) => [`7/file_${id}.csv`, `content of ${id}`]);
    assertEquals(await place.list(), Object.fromEntries(expected));
  },
);

Deno.test("restoreFiles() goes on over a lost connection, and knows its own file again", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  const ids = [1, 2, 3, 4];
  for (const id of ids) {
    await place.add({ id, name: `${id}.csv` });
    await place.put(`processed/7/${id}.csv`, `${id}`);
  }
  const lost = server.loseAnswer(({ kind }) => kind === "rename");

  const outcomes = await restore(place, ids);
  await lost;

  assertEquals([...outcomes.values()].map(({ status, error }) => [status, error]), [
    ...Array(4).fill(["restored", null]),
  ]);
  assertEquals(await place.list(), {
    "7/1.csv": "1",
    "7/2.csv": "2",
    "7/3.csv": "3",
    "7/4.csv": "4",
  });
});

Deno.test("restoreFiles() keeps no part of a file for which the server has no room", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" });
  await place.put("processed/7/a.csv", "x".repeat(300_000));
  server.faults.failWritesAfterBytes = 100_000;

  const outcomes = await restore(place, [1]);

  assertEquals(outcomes.get(1)?.error_code, "SFTP_FAILURE");
  assertEquals(await place.list(), {});
});

Deno.test("restoreFiles() with dryRun tells what it would do, and does nothing", async () => {
  await using server = await startSftpServer("embedded");
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" }, { id: 3, name: "c.csv" }, {
    id: 4,
    name: "d.csv",
  });
  await place.put("processed/7/a.csv", "a");
  await place.put("processed/7/b.csv", "b");
  await place.put("in/7/b.csv", "b");
  await place.put("processed/7/c.csv.gz", gzipSync("c"));
  await place.put("in/7/c.csv", "different");
  await place.put("processed/7/d.csv.gz", gzipSync("d"));
  const before = await place.list("");

  const careful = await restore(place, [1, 2, 3, 4], { dryRun: true });
  const forced = await restore(place, [3], { dryRun: true, force: true });

  assertEquals([...careful.values()].map(({ status }) => status), [
    "planned",
    "identical",
    "failed",
    "planned",
  ]);
  assertEquals([forced.get(3)?.status, forced.get(3)?.replaced], ["planned", true]);
  assertEquals(await place.list(""), before);
});

Deno.test("restoreFiles() begins nothing more once it is stopped", async () => {
  await using server = await startSftpServer("embedded");
  await using place = await requestFiles(server);
  const ids = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const id of ids) {
    await place.add({ id, name: `${id}.csv` });
    await place.put(`processed/7/${id}.csv`, `${id}`);
  }
  const stop = new AbortController();

  const outcomes = await restore(place, ids, {
    stopSignal: stop.signal,
    maxConcurrent: 2,
    onOutcome: () => stop.abort(),
  });

  const statuses = [...outcomes.values()].map(({ status }) => status);
  const restored = statuses.filter((status) => status === "restored").length;
  assertEquals(statuses.filter((status) => status === "stopped").length, 20 - restored);
  assertEquals(Object.keys(await place.list()).length, restored);
  assertEquals(restored < 5, true);
});

function flip(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const middle = changed.length - 6; // in the checksum
  changed[middle] = (changed[middle] ?? 0) ^ 0xff;
  return changed;
}
