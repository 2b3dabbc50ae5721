import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { ValidationError } from "../../lib/core/mod.ts";
import { AsyncRequestManager } from "../../lib/requests/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { requestFiles } from "./request_files.ts";

forEachSftpServer(
  "downloadFiles() gets each file under a name of its request's own",
  async (server) => {
    await using place = await requestFiles(server);
    const target = join(place.folder, "target");
    await place.add(
      { id: 1, name: "same.csv" },
      { id: 2, name: "same.csv", district: 8 },
      { id: 3, name: "processed.csv" },
      { id: 4, name: "packed.csv" },
      { id: 5, name: "absent.csv" },
    );
    await place.put("in/7/same.csv", "in 7");
    await place.put("processed/7/same.csv", "older");
    await place.put("in/8/same.csv", "in 8");
    await place.put("processed/7/processed_20261101.csv", "processed");
    const packed = gzipSync("packed");
    await place.put("processed/7/packed.csv.gz", packed);

    const outcomes = await place.requests.downloadFiles([1, 2, 3, 4, 5], target, false);
    const again = await place.requests.downloadFiles([1, 2, 3, 4], target, false);

    assertEquals([...outcomes.values()].map(({ status, found_in }) => [status, found_in]), [
      ["downloaded", "sftp"],
      ["downloaded", "sftp"],
      ["downloaded", "processed"],
      ["downloaded", "processed"],
      ["failed", null],
    ]);
    assertEquals(outcomes.get(5)?.error_code, "NO_PROCESSED_COPY");
    assertEquals([...again.values()].map(({ status }) => status), Array(4).fill("skipped"));
    const names = [...Deno.readDirSync(target)].map(({ name }) => name).sort();
    assertEquals(names, ["1_same.csv", "2_same.csv", "3_processed.csv", "4_packed.csv.gz"]);
    assertEquals(await Deno.readTextFile(join(target, "2_same.csv")), "in 8");
    assertEquals(await Deno.readFile(join(target, "4_packed.csv.gz")), new Uint8Array(packed));
  },
);

Deno.test("downloadFiles() replaces a different file only with force; dryRun changes nothing", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });
  await place.put("in/7/a.csv", "new");
  await place.put("in/7/b.csv", "b");
  const target = join(place.folder, "target");
  await Deno.mkdir(target);
  await Deno.writeTextFile(join(target, "1_a.csv"), "mine");

  const dry = await place.requests.downloadFiles([1, 2], target, false, { dryRun: true });
  const left = [...Deno.readDirSync(target)].length;
  const careful = await place.requests.downloadFiles([1, 2], target, false);
  const kept = await Deno.readTextFile(join(target, "1_a.csv"));
  const forced = await place.requests.downloadFiles([1], target, false, { force: true });

  const codes = ["LOCAL_FILE_EXISTS", null];
  assertEquals([...dry.values()].map(({ error_code }) => error_code), codes);
  assertEquals([dry.get(2)?.status, left], ["planned", 1]);
  assertEquals([...careful.values()].map(({ error_code }) => error_code), codes);
  assertEquals([kept, forced.get(1)?.status], ["mine", "downloaded"]);
  assertEquals(await Deno.readTextFile(join(target, "1_a.csv")), "new");
});

Deno.test("downloadFilesBatch() has no more requests under way than maxConcurrent", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  const ids = Array.from({ length: 12 }, (_, index) => index + 1);
  for (const id of ids) {
    await place.add({ id, name: `${id}.csv` });
    await place.put(`in/7/${id}.csv`, `${id}`);
  }
  let open = 0;
  let most = 0;
  server.faults.answerInstead = (request) => {
    if (request.kind === "open") most = Math.max(most, ++open);
    if (request.kind === "close") open--;
    return Promise.resolve(undefined);
  };
  await using manager = new AsyncRequestManager({
    database: place.tables.manager,
    files: place.requests.files,
  });

  const outcomes = await manager.downloadFilesBatch(ids, join(place.folder, "x"), 3, false);

  assertEquals([...outcomes.values()].every(({ status }) => status === "downloaded"), true);
  // A listed folder is closed too, and a file's close is not waited for.
  assertEquals(most <= 6, true, `${most} at once`);
  await assertRejects(
    () => manager.downloadFilesBatch(ids, place.folder, 0, false),
    ValidationError,
    "maxConcurrent must be from 1 to 256: it is 0",
  );
});

Deno.test("batchRerunByDistrict() runs the latest requests of districts again, and names the empty ones", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  await place.add({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv", district: 8 });
  await using manager = new AsyncRequestManager({
    database: place.tables.manager,
    files: place.requests.files,
  });

  const result = await manager.batchRerunByDistrict([7, 8, 9], ["SAT"], true, undefined, false);

  assertEquals(result.requests.map(({ RequestID }) => RequestID), [1, 2]);
  assertEquals(result.districts_without_requests, [9]);
  assertEquals((await place.tables.read()).statuses, [[1, 1], [2, 1]]);
});

Deno.test("batchRerunByDistrict() called again leaves what waits or runs, and takes no older request for it", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  await place.add(
    { id: 301, name: "a.csv" },
    { id: 302, name: "b.csv" },
    { id: 303, name: "c.csv" },
    { id: 400, name: "d.csv", district: 8 },
  );
  const { sql } = place.tables.postgres;
  await sql`update "DataRequest" set "RequestTime" = '2026-11-01'::date + "RequestID"::int % 100`;
  await sql`update "DataRequest" set "Status" = 3 where "RequestID" = 400`;
  await using manager = new AsyncRequestManager({
    database: place.tables.manager,
    files: place.requests.files,
  });
  const rerun = () => manager.batchRerunByDistrict([7, 8], ["SAT"], false, undefined, false);

  const first = await rerun();
  const second = await rerun();

  assertEquals(first.requests, [{ RequestID: 303, previous_status: 4 }]);
  assertEquals(first.left_requests, [{ RequestID: 400, previous_status: 3 }]);
  assertEquals(first.found.map(({ RequestID }) => RequestID), [303, 400]);
  assertEquals(first.districts_without_requests, []);
  assertEquals(second.requests, []);
  assertEquals(second.left_requests.map(({ RequestID }) => RequestID), [303, 400]);
  const { statuses, runs } = await place.tables.read();
  assertEquals(statuses, [[301, 4], [302, 4], [303, 1], [400, 3]]);
  assertEquals(runs.length, 1);
});

Deno.test("FileManager connects by host, user and password, and shares one connection a login", async () => {
  await using server = await embeddedSftpServer();
  await using place = await requestFiles(server);
  const { files } = place.requests;
  const connect = () =>
    files.createSftpConnection(server.host, server.username, server.password, {
      port: server.port,
      hostKey: server.hostKeyFingerprint,
    });

  const [first, second] = await Promise.all([connect(), connect()]);

  assertEquals(first === second, true);
  assertEquals(server.connectionsMade, 1);
  assertEquals(files.serverOf(7).projectId, files.serverOf(8).projectId);
  assertMatch(first.server, /@127\.0\.0\.1:\d+$/);
});
