import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";

/** Runs the worker and gives the lines on stderr; it prints nothing else. */
async function logLines(args: string[], env: Record<string, string>): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", import.meta.resolve("./logging_worker.ts"), ...args],
    env: { LOG_LEVEL: "", LOG_FORMAT: "", ...env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, decode(stdout)], [0, ""], decode(stderr));
  return decode(stderr).trimEnd().split("\n");
}

Deno.test("configureLogging() reaches loggers that were there before it, and later ones", async () => {
  const [early = "", late = "", context = "", ...others] = await logLines([], {});

  assertMatch(early, /^\S+Z warning early: Batch 7 is slow run_id=run-1 size=7$/);
  assertMatch(late, /^\S+Z error late: Batch failed run_id=run-1 reason="disk full"$/);
  assertMatch(context, / error late: With the record at hand run_id=run-1 record_id=4711$/);
  assertEquals(others, []);
});

Deno.test("configureLogging() obeys LOG_LEVEL and LOG_FORMAT, and quiet before them", async () => {
  const lines = await logLines(["quiet"], { LOG_LEVEL: "debug", LOG_FORMAT: "json" });

  const records = lines.map((line) => JSON.parse(line));
  assertEquals(
    records.map(({ level, logger, message, run_id }) => [level, logger, message, run_id]),
    [
      ["ERROR", "opsdeck.late", "Batch failed", "run-1"],
      ["ERROR", "opsdeck.late", "With the record at hand", "run-1"],
    ],
  );
});

Deno.test("a log line is one line without control characters, whatever was put into it", async () => {
  const lines = await logLines(["hostile"], {});

  assertEquals(lines.length, 5);
  const [hostile = "", secret = ""] = lines.slice(2);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  assertNotMatch(lines.join(""), /[\u0000-\u001f\u007f-\u009f]/);
  const escaped = String.raw`x\n2026-01-01T00:00:00.000Z error queue: Lost\u001b[2J\u007f\u009b`;
  assertStringIncludes(
    hostile,
    "error late: Cannot use x 2026-01-01T00:00:00.000Z error queue: Lost [2J  run_id=run-1 " +
      String.raw`text="${escaped}" plain="\u001b[2J\u009b" inside=["${escaped}"]`,
  );
  assertMatch(secret, / error late: Login \*\*\* run_id=run-1 secret="?\*\*\*"? reason="\*\*\*"$/);
});

Deno.test("a log line as JSON keeps what was put into it", async () => {
  const lines = await logLines(["hostile"], { LOG_FORMAT: "json" });

  const [hostile] = lines.slice(2).map((line) => JSON.parse(line));
  assertEquals(hostile.plain, "\x1b[2J\u009b");
  assertEquals(lines.length, 5);
});
