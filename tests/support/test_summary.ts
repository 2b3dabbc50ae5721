/** Reads the summary that `deno test` prints. */

/** How many tests ended how. */
export interface TestSummary {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed, and files that could not be loaded. */
  failed: number;
  /** Tests that were ignored. */
  skipped: number;
}

const steps = String.raw`(?: \(\d+ steps?\))?`;
// `ok | 2 passed (1 step) | 0 failed | 1 ignored (302ms)`
const summaryLine = new RegExp(
  String.raw`^(?:ok|FAILED) \| (\d+) passed${steps} \| (\d+) failed${steps}` +
    String.raw`(?: \| (\d+) ignored${steps})?`,
  "gm",
);

/** Finds the last summary in what `deno test` printed without colours; undefined without one. */
export function parseTestSummary(output: string): TestSummary | undefined {
  const match = [...output.matchAll(summaryLine)].at(-1);
  if (match === undefined) return undefined;
  const [, passed, failed, skipped = "0"] = match;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
