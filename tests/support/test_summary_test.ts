import { assertEquals } from "@std/assert";
import { testArguments } from "./run_tests.ts";
import { parseTestSummary } from "./test_summary.ts";

Deno.test("parseTestSummary() reads the last summary in all its forms", () => {
  const cases: [string, [number, number, number] | undefined][] = [
    ["\nok | 2 passed | 0 failed (302ms)\n", [2, 0, 0]],
    ["ok | 12 passed (1 step) | 0 failed | 3 ignored (2 steps) | 4 filtered out (1s)", [12, 0, 3]],
    ["FAILED | 1 passed (3 steps) | 2 failed (1 step) (5ms)", [1, 2, 0]],
    ["ok | 9 passed | 0 failed (1s)\nFAILED | 0 passed | 1 failed (5ms)\n", [0, 1, 0]],
    ["error: Type checking failed.\n", undefined],
    ["a test said: ok | 2 passed | 0 failed", undefined],
  ];
  for (const [output, wanted] of cases) {
    const [passed = 0, failed = 0, skipped = 0] = wanted ?? [];

    const summary = parseTestSummary(output);

    assertEquals(summary, wanted && { passed, failed, skipped }, output);
  }
});

Deno.test("testArguments() tells paths, flags and the filter apart", () => {
  const folder = import.meta.dirname ?? ".";

  const args = testArguments(["run_tests.ts", "claim batch", "--fail-fast"], folder);

  assertEquals(args, ["--filter=claim batch", `${folder}/run_tests.ts`, "--fail-fast"]);
});
