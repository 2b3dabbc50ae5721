import { assert } from "@std/assert";
import { isSameOutput } from "./same_output.ts";

Deno.test("isSameOutput() takes other times, durations, sizes, rates, ports and ids for the same", () => {
  const pairs = [
    ["7 failed in 5.5 s (217.4/s)", "7 failed in 165 ms (7,272.7/s)"],
    ["1.88 kB in 1 min 5 s, 27.3 MB/s", "12 B in 408 ms, 1 GB/s"],
    ["at 2026-11-21 18:01:20", "at 2027-01-02 03:04:05"],
    ["--resume 20261121-030405-1a2b3c", "--resume 20270102-000000-ffffff"],
    ["http://127.0.0.1:40123/x", "http://127.0.0.1:9/x"],
    ["psat_2403_20261121044306.csv", "psat_2403_20261122000000.csv"],
    ["first\nsecond", "second\nfirst"],
    ["a\n…\nz", "a\nb 1\nc 2\nz"],
  ] as const;
  for (const [shown, printed] of pairs) assert(isSameOutput(shown, printed), shown);
});

Deno.test("isSameOutput() compares every count", () => {
  const pairs = [
    ["1,193 completed, 7 failed in 5 s", "1,192 completed, 8 failed in 5 s"],
    ["added 1,200 records, rejected 3 records", "added 1,200 records, rejected 4 records"],
    ["1200 claimed", "1,200 claimed"],
    ["2 of 3 done in 4 s", "2 of 4 done in 4 s"],
    ["SAT  30  20  10", "SAT  30  21  9"],
    ["a\n…\n7 failed", "a\nb\n8 failed"],
  ] as const;
  for (const [shown, printed] of pairs) assert(!isSameOutput(shown, printed), shown);
});
