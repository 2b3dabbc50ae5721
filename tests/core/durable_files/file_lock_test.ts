import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { FileOperationError } from "../../../lib/core/mod.ts";
import { acquireFileLock, tryFileLock } from "../../../lib/core/durable_files/mod.ts";
import { ChildProgram, temporaryFolder } from "./child_process.ts";

Deno.test("acquireFileLock() lets one caller of a process in at a time, in their order", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.csv");
  const events: string[] = [];

  await Promise.all([1, 2, 3].map(async (caller) => {
    using _lock = await acquireFileLock(path);
    events.push(`${caller} in`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    events.push(`${caller} out`);
  }));

  assertEquals(events, ["1 in", "1 out", "2 in", "2 out", "3 in", "3 out"]);
});

for (const removeOnRelease of [false, true]) {
  Deno.test(`acquireFileLock() loses no update of many processes (removeOnRelease: ${removeOnRelease})`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "count");
    await Deno.writeTextFile(path, "0");

    const programs = Array.from(
      { length: 4 },
      () => new ChildProgram("count_up.ts", [path, "40", String(removeOnRelease)]),
    );
    for (const program of programs) await program.rest();

    assertEquals(await Deno.readTextFile(path), "160");
    const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
    assertEquals(names, removeOnRelease ? ["count"] : ["count", "count.lock"]);
  });
}

Deno.test("acquireFileLock() names the file and the holder when the wait is too long", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.csv");
  await using program = new ChildProgram("hold_lock.ts", [path]);
  assertEquals(await program.nextLine(), "locked");

  const error = await assertRejects(
    () => acquireFileLock(path, { timeoutMs: 30 }),
    FileOperationError,
  );

  assertEquals([error.code, error.retryable], ["LOCK_TIMEOUT", true]);
  const holder = (await Deno.readTextFile(`${path}.lock`)).trim();
  assertStringIncludes(error.message, `Cannot lock '${path}' as process ${holder} has held`);
});

Deno.test("acquireFileLock() gets the lock of a process that was killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.csv");
  await using program = new ChildProgram("hold_lock.ts", [path]);
  assertEquals(await program.nextLine(), "locked");

  const waiting = acquireFileLock(path, { timeoutMs: 20_000 });
  await program.kill();

  using lock = await waiting;
  assertEquals(lock.path, path);
});

Deno.test("acquireFileLock() stops waiting on an abort, for this process and for another", async () => {
  await using folder = await temporaryFolder();
  const [mine, theirs] = [join(folder.path, "mine"), join(folder.path, "theirs")];
  await using program = new ChildProgram("hold_lock.ts", [theirs]);
  assertEquals(await program.nextLine(), "locked");
  const held = await acquireFileLock(mine);

  for (const path of [mine, theirs]) {
    const controller = new AbortController();
    const reason = new Error("stopped");
    const waiting = acquireFileLock(path, { signal: controller.signal });
    controller.abort(reason);
    const error = await assertRejects(() => waiting, Error);
    assert(error === reason);
  }

  held.release();
  held.release();
  using _again = await acquireFileLock(mine, { timeoutMs: 0 });
});

Deno.test("tryFileLock() gives undefined while the lock is held, within and between processes", async () => {
  await using folder = await temporaryFolder();
  const [mine, theirs] = [join(folder.path, "mine"), join(folder.path, "theirs")];
  await using program = new ChildProgram("hold_lock.ts", [theirs]);
  assertEquals(await program.nextLine(), "locked");

  const first = await tryFileLock(mine);
  const second = await tryFileLock(mine);
  const foreign = await tryFileLock(theirs);
  first?.release();
  using third = await tryFileLock(mine);

  assertEquals([first?.path, second, foreign, third?.path], [mine, undefined, undefined, mine]);
});

Deno.test("tryFileLock() without create locks only what is there", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.csv");

  const none = await tryFileLock(path, { create: false });
  const left = [...Deno.readDirSync(folder.path)];
  (await tryFileLock(path))?.release();
  using there = await tryFileLock(path, { create: false });

  assertEquals([none, left, there?.path], [undefined, [], path]);
});

Deno.test("acquireFileLock() says what to do when the folder is missing", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "none", "a.csv");

  const error = await assertRejects(() => acquireFileLock(path), FileOperationError);

  assertEquals(error.code, "ENOENT");
  assertStringIncludes(error.message, `Cannot lock '${path}'`);
});
