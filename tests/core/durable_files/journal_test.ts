import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { FileOperationError, ValidationError } from "../../../lib/core/mod.ts";
import { encodeJournalLines, Journal, readJournal } from "../../../lib/core/durable_files/mod.ts";
import { ChildProgram, temporaryFolder } from "./child_process.ts";

Deno.test("Journal gives the entries back in order after it is opened again", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "moves.journal");
  const entries = [{ id: 1 }, "two\nlines", 3.5, null, ["é", "\u2028", "\ud800"], true];

  {
    await using journal = await Journal.open(path, same);
    for (const entry of entries) await journal.append(entry);
    assertEquals(journal.entries(), entries);
  }

  await using reopened = await Journal.open(path, same);
  assertEquals(reopened.entries(), entries);
  assertEquals(reopened.droppedBytes, 0);
});

Deno.test("Journal.append() keeps the order of calls made at once and shares their flushes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const numbers = Array.from({ length: 500 }, (_, i) => i);

  {
    await using journal = await Journal.open(path, Number);
    await Promise.all(numbers.map((n) => journal.append(n, { sync: n % 7 === 0 })));
    assertEquals(journal.entries(), numbers);
  }

  assertEquals((await readJournal(path, Number)).entries, numbers);
});

Deno.test("Journal.append() takes the entry as it is at the time of the call", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const entry = { state: "before" };

  {
    await using journal = await Journal.open(path, same);
    const appended = journal.append(entry);
    entry.state = "after";
    await appended;
  }

  assertEquals((await readJournal(path, same)).entries, [{ state: "before" }]);
});

Deno.test("Journal.append() refuses what has no JSON form and stays usable", async () => {
  await using folder = await temporaryFolder();
  await using journal = await Journal.open<unknown>(join(folder.path, "journal"), same);
  const circle: unknown[] = [];
  circle.push(circle);

  await assertRejects(() => journal.append(undefined), ValidationError, "no JSON form");
  await assertRejects(() => journal.append(circle), ValidationError, "circular");
  await journal.append("fine");

  assertEquals(journal.entries(), ["fine"]);
});

Deno.test("Journal.append() leaves the journal as it was when the disk is full", async () => {
  // A limit on the size of a file stops the write in the middle, as a full disk does.
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const program = import.meta.resolve("./append_past_limit.ts");

  const { code, stdout } = await new Deno.Command("bash", {
    args: [
      "-c",
      `trap '' XFSZ; ulimit -f 8; exec "$0" run -q -A --no-lock "$1" "$2"`,
      Deno.execPath(),
      program,
      path,
    ],
    stderr: "inherit",
  }).output();
  const acknowledged = new TextDecoder().decode(stdout).trim().split("\n").map(Number);

  assertEquals(code, 0);
  assert(acknowledged.length > 3, "too few appends fitted");
  const { entries, droppedBytes } = await readJournal(path, (v) => Number(String(v).slice(0, 4)));
  assertEquals(entries, acknowledged);
  assertEquals(droppedBytes, 0);
});

Deno.test("Journal.rewrite() replaces the entries and keeps appends made in the meantime", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");

  {
    await using journal = await Journal.open(path, Number);
    for (const n of [1, 2, 3]) await journal.append(n);
    const unfinished = journal.append(4);
    const rewritten = journal.rewrite([3]);
    const later = journal.append(5);
    const again = journal.rewrite([30]);
    await Promise.all([unfinished, rewritten, later, again]);
    assertEquals(journal.entries(), [30, 4, 5]);
    await journal.append(6);
  }

  assertEquals((await readJournal(path, Number)).entries, [30, 4, 5, 6]);
});

Deno.test("Journal.close() finishes the appends in hand and refuses later ones", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const journal = await Journal.open(path, Number);

  const appended = journal.append(1);
  await Promise.all([journal.close(), journal.close(), appended]);

  await assertRejects(() => journal.append(2), FileOperationError, "is closed");
  await assertRejects(() => journal.rewrite([]), FileOperationError, "is closed");
  assertEquals((await readJournal(path, Number)).entries, [1]);
});

Deno.test("Journal.open() refuses a journal that is open already, and names it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  await using _journal = await Journal.open(path, Number);

  const error = await assertRejects(
    () => Journal.open(path, Number, { lockTimeoutMs: 0 }),
    FileOperationError,
    path,
  );

  assertEquals(error.code, "LOCK_TIMEOUT");
});

Deno.test("readJournal() takes a missing file for an empty journal", async () => {
  await using folder = await temporaryFolder();

  const content = await readJournal(join(folder.path, "none"), Number);

  assertEquals(content, { entries: [], droppedBytes: 0 });
});

Deno.test("readJournal() refuses an entry that its parse function refuses", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  await Deno.writeFile(path, encodeJournalLines(1, ["1", '"x"']));

  const error = await assertRejects(
    () =>
      readJournal(path, (value) => {
        if (typeof value !== "number") throw new Error("not a number");
        return value;
      }),
    FileOperationError,
    "line 2",
  );

  assertEquals(error.category, "DATA_CORRUPTION");
  assertEquals(error.exitCode, 3);
});

Deno.test("Journal keeps every whole entry when its file is cut off at any byte", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");

  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 6 }), fc.nat(), async (values, at) => {
      const jsons = values.map((value) => JSON.stringify(value));
      const lengths = jsons.map((_, i) => encodeJournalLines(1, jsons.slice(0, i + 1)).length);
      const bytes = encodeJournalLines(1, jsons);
      const cut = bytes.length === 0 ? 0 : at % (bytes.length + 1);
      const whole = lengths.filter((length) => length <= cut).length;
      await Deno.writeFile(path, bytes.subarray(0, cut));

      await using journal = await Journal.open(path, same);
      await journal.append("after the crash");

      assertEquals(journal.droppedBytes, cut - (lengths[whole - 1] ?? 0));
      assertEquals(journal.entries().map((entry) => JSON.stringify(entry)), [
        ...jsons.slice(0, whole),
        '"after the crash"',
      ]);
      assertEquals((await readJournal(path, same)).entries.length, whole + 1);
    }),
    { numRuns: 60 },
  );
});

Deno.test("readJournal() never gives a wrong entry when any byte is changed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const byte = fc.integer({ min: 1, max: 255 });

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { minLength: 1, maxLength: 6 }),
      fc.nat(),
      byte,
      async (values, at, mask) => {
        const jsons = values.map((value) => JSON.stringify(value));
        const bytes = encodeJournalLines(1, jsons);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ mask;
        const damaged = bytes.subarray(0, place).filter((one) => one === 0x0a).length;
        await Deno.writeFile(path, bytes);

        const outcome = await readJournal(path, same).catch((error: unknown) => error);

        if (outcome instanceof FileOperationError) {
          assertEquals(outcome.code, "DATA_CORRUPTION");
        } else {
          // No valid line is left after the damage: everything from there on was dropped.
          const { entries, droppedBytes } = outcome as { entries: unknown[]; droppedBytes: number };
          assertEquals(entries.map((entry) => JSON.stringify(entry)), jsons.slice(0, damaged));
          assert(droppedBytes > 0);
          assert(damaged >= jsons.length - 2, "only the last line, or the one it runs into");
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("readJournal() reports lines that are missing, doubled or swapped", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  const line = (n: number) => new TextDecoder().decode(encodeJournalLines(n, [`${n}`]));
  const orders: Record<string, number[]> = {
    missing: [1, 3],
    "first missing": [2, 3],
    doubled: [1, 2, 2],
    swapped: [1, 3, 2],
    "swapped at the end": [2, 1],
  };

  for (const [name, order] of Object.entries(orders)) {
    await Deno.writeTextFile(path, order.map(line).join(""));
    const error = await assertRejects(() => readJournal(path, Number), FileOperationError);
    assertEquals(error.code, "DATA_CORRUPTION", name);
    assertStringIncludes(error.message, path);
  }
});

Deno.test("Journal.append() has lost nothing that it acknowledged after kill -9", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "journal");
  let acknowledged = 0;

  for (let round = 0; round < 8; round++) {
    await using program = new ChildProgram("append_forever.ts", [path]);
    const seen: number[] = [];
    const wanted = 10 + Math.floor(Math.random() * 120);
    while (seen.length < wanted) seen.push(Number(await program.nextLine()));
    seen.push(...(await program.kill()).map(Number));

    const { entries } = await readJournal(path, Number);

    const present = new Set(entries);
    assertEquals(present.size, entries.length, "no entry twice");
    assertEquals(seen.filter((n) => !present.has(n)), []);
    assert(entries.length >= acknowledged + seen.length);
    acknowledged = entries.length;
  }
});

function same(value: unknown): unknown {
  return value;
}
