import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  formatCount,
  formatDuration,
  parseDurationMs,
  permissionLine,
  shellQuote,
  singleLine,
  textTable,
} from "../../../lib/core/command_line/mod.ts";
import { ConfigurationError } from "../../../lib/core/mod.ts";
import { createProgress, progressText } from "../../../lib/core/command_line/progress.ts";

Deno.test("parseDurationMs() reads numbers with a unit, and nothing else", () => {
  const cases: [string, number | undefined][] = [
    ["250ms", 250],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1.5h", 5_400_000],
    ["30d", 2_592_000_000],
    ["soon", undefined],
    ["10", undefined],
    ["-1s", undefined],
    ["1h30m", undefined],
  ];
  for (const [text, ms] of cases) assertEquals(parseDurationMs(text), ms, text);
});

Deno.test("formatDuration() writes two units at most", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [850, "850 ms"],
    [4200, "4.2 s"],
    [59_999, "1 min 0 s"],
    [200_000, "3 min 20 s"],
    [3_600_000, "1 h 0 min"],
    [90_061_000, "25 h 1 min"],
    [200_000_000, "2 d 8 h"],
  ];
  for (const [ms, text] of cases) assertEquals(formatDuration(ms), text);
});

Deno.test("textTable() aligns text left and numbers right, and shows absent cells", () => {
  const table = textTable(["flow", "n"], [["a", 1], ["long name", 12_345], ["b", null]]);

  assertEquals(table, "flow            n\na               1\nlong name  12,345\nb               -");
});

Deno.test("textTable() lets no control character reach the terminal", () => {
  assertEquals(singleLine("a\x1b[2Jb\nc\u0085d"), "a [2Jb c d");
});

Deno.test("progressText() says count, percent, rate and time left", () => {
  const text = progressText({
    label: "Adding",
    total: 4000,
    count: 1000,
    elapsedMs: 2000,
    detail: "x",
  });

  assertEquals(text, "Adding 1,000 of 4,000 (25 %), 500 records/s, 6.0 s left, x");
});

Deno.test("progressText() writes counts and rate in the form that it is given", () => {
  const text = progressText({
    label: "Downloading",
    total: 4_000_000,
    count: 1_000_000,
    elapsedMs: 2000,
    format: (bytes) => `${bytes / 1e6} MB`,
    detail: undefined,
  });

  assertEquals(text, "Downloading 1 MB of 4 MB (25 %), 0.5 MB/s, 6.0 s left");
});

Deno.test("formatCount() writes every number as Intl does in English", () => {
  const anyCount = fc.oneof(
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    fc.integer({ min: -10_000, max: 10_000 }),
    fc.integer({ min: -9_999_999, max: 9_999_999 }).map((thousandths) => thousandths / 1000),
  );
  fc.assert(fc.property(anyCount, (count) => {
    assertEquals(formatCount(count), count.toLocaleString("en"));
  }));
});

Deno.test("createProgress() writes nothing when it is not shown", () => {
  using progress = createProgress({ label: "x" }, false);

  progress.advance(1);
});

Deno.test("permissionLine() denies the network when none is needed, and gives a path once", () => {
  const line = permissionLine({
    setName: "queue",
    scriptPath: "/opt/ops deck/scripts/queue.ts",
    needs: { net: [], read: ["/a", "/a"] },
    args: ["add", "--flow", "it's"],
  });

  assertStringIncludes(line, "-P=queue --deny-net --allow-read=/a '/opt/ops deck/scripts");
  assertStringIncludes(line, `add --flow 'it'\\''s'`);
});

Deno.test("permissionLine() refuses a path with a comma, which Deno has no way to take", () => {
  const needs = { net: [], read: ["/a,b"] };

  assertThrows(
    () => permissionLine({ setName: "queue", scriptPath: "/queue.ts", needs, args: [] }),
    ConfigurationError,
    'Cannot give Deno the path "/a,b" as a comma ends its lists; rename it',
  );
});

Deno.test("shellQuote() gives a word that a shell reads back", async () => {
  const words = fc.array(fc.string({ unit: "grapheme" }).filter((w) => !w.includes("\0")), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(words, async (list) => {
      const script = `printf '%s\\0' ${list.map(shellQuote).join(" ")}`;
      const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
      const parts = new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0");
      assertEquals(parts.slice(0, -1), list);
    }),
    { numRuns: 30 },
  );
});
