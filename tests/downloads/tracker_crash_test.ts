import { assert, assertEquals } from "@std/assert";
import { runCsvChaos } from "../chaos/csv_chaos.ts";

Deno.test("Eight processes that are killed at random lose no update of a CSV of 100 000 rows", async () => {
  const report = await runCsvChaos({
    rounds: 2,
    rows: 100_000,
    processes: 8,
    updatesPerRound: 150,
    seed: 6,
  });

  assertEquals(report.kills, 16);
  assert(report.acknowledged > 50);
});
