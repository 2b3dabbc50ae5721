import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { removeStaleParts } from "../../lib/requests/files/stale_parts.ts";
import { waitFor } from "../support/wait_for.ts";
import { workflowSandbox } from "./workflow_sandbox.ts";

const partBytes = 400_000;

Deno.test("download-files killed in the middle of files is gone on with, and nothing of it stays for good", async () => {
  await using sandbox = await workflowSandbox();
  const { place, server } = sandbox;
  const big = "0123456789".repeat(400_000);
  const small = "s".repeat(partBytes);
  await place.add({ id: 1, name: "big.csv" }, { id: 2, name: "small.csv" });
  await place.put("in/7/big.csv", big);
  await place.put("in/7/small.csv", small);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  using _released = { [Symbol.dispose]: release };
  const target = join(sandbox.folder, "files");
  const names = () => [...Deno.readDirSync(target)].map(({ name }) => name).sort();
  let isHeld = false;
  server.faults.answerInstead = async (request) => {
    if (request.kind !== "read" || request.offset < partBytes / 2) return undefined;
    isHeld = true;
    await held;
    return undefined;
  };

  for (const id of ["1", "1", "2", "2"]) {
    isHeld = false;
    await using killed = sandbox.start("download-files", [id, "--to", "files"]);
    await waitFor(() => isHeld, { what: "reads beyond the first" });
    killed.kill("SIGKILL");
    await killed.result;
  }
  const left = names();
  release();
  server.faults.answerInstead = undefined;
  const next = await sandbox.run("download-files", ["1", "2", "--to", "files", "--json"]);
  const rest = names().filter((name) => name.startsWith("."));
  const removed = await removeStaleParts(target, Date.now() + 25 * 60 * 60 * 1000);

  assertEquals(left.map((name) => name.replace(/[0-9a-f]{16}/, "…")), [
    ".1_big.csv.opsdeck-part",
    ".2_small.csv.….opsdeck-part",
    ".2_small.csv.….opsdeck-part",
  ]);
  assertEquals([next.code, Object(next.json()).counts], [0, { downloaded: 2 }], next.stderr);
  assertEquals([rest.length, removed.sort()], [2, rest]);
  assertEquals(names(), ["1_big.csv", "2_small.csv"]);
  assertEquals(await Deno.readTextFile(join(target, "1_big.csv")), big);
  assertEquals(await Deno.readTextFile(join(target, "2_small.csv")), small);
});

for (const script of ["download-files", "restore-files"]) {
  Deno.test(`${script} ends at its first signal while the database does not answer`, async () => {
    await using sandbox = await workflowSandbox();
    await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });
    const { sql } = sandbox.place.tables.postgres;

    const { code, stderr, json } = await sql.begin(async (transaction) => {
      await transaction`lock table "DataRequest"`;
      await using running = sandbox.start(script, ["1", "2", "--json"], { timeoutMs: 20_000 });
      const waiting = () =>
        transaction`
          select from pg_locks l
          join pg_database d on d.oid = l.database
          where d.datname = current_database() and not l.granted`;
      await waitFor(async () => (await waiting()).length > 0, { what: "the script's query" });
      running.kill("SIGTERM");
      return await running.result;
    });

    assertEquals(code, 143, stderr);
    assertEquals(Object(json()).counts, { stopped: 2 });
    assertMatch(stderr, /^Stopping after the work in hand/);
    assertEquals(await sandbox.place.list("in"), {});
  });
}
