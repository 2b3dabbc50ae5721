/**
 * The requests benchmark: `restore-files` against lftp and rclone, whole processes, on a private
 * sshd with and without copy-data, its files in memory where that can be had; and `findRequests`
 * over few and many requests, against bare SQL.
 * Judges the targets; a missed target is no failure.
 *
 * Example: deno task bench:requests --quick
 */

import { defineCommand, runScript, textTable } from "../../../lib/core/command_line/mod.ts";
import { measureFind } from "./measure_find.ts";
import { measureRestore } from "./measure_restore.ts";

/** Our time over the other's, at most. */
const wanted = { server: 0.4, client: 0.6, growth: 2, bare: 1.5 } as const;

interface Verdict {
  what: string;
  ratio: number;
  wanted: number;
}

const options = {
  quick: { type: "boolean", description: "Small sizes: shows that it works, proves nothing" },
  rounds: { type: "integer", min: 1, max: 99, default: 3, description: "Alternating rounds" },
  only: { type: "string", choices: ["restore", "find"], description: "Only this part" },
} as const;

const command = defineCommand({
  summary: "Measure restores against lftp and rclone, and finding against bare SQL",
  options,
  examples: ["--quick", "--only restore --rounds 5 --json"],
  permissions: () => Promise.resolve({ read: [] }),
  async run({ quick, rounds, only }, context) {
    const verdicts: Verdict[] = [];
    const measured: Record<string, unknown> = {};
    if (only !== "find") {
      for (const hasCopyData of [true, false]) {
        const title = `restore, ${hasCopyData ? "copy-data" : "through the client"}`;
        context.note(`Measuring: ${title}`);
        const files = quick ? 100 : 1000;
        const seconds = await measureRestore({ files, rounds, hasCopyData });
        measured[title] = seconds;
        const [ours = NaN] = medians(seconds, "opsdeck");
        const fastest = Math.min(...medians(seconds, "lftp", "rclone"));
        const limit = hasCopyData ? wanted.server : wanted.client;
        verdicts.push({
          what: `${title}, to the faster peer`,
          ratio: ours / fastest,
          wanted: limit,
        });
      }
    }
    if (only !== "restore") {
      const [few, many] = quick ? [5_000, 100_000] : [50_000, 5_000_000];
      context.note(`Measuring: finding among ${few} and ${many} requests`);
      const small = await measureFind(few, rounds);
      const large = await measureFind(many, rounds);
      measured[`find among ${few}`] = small;
      measured[`find among ${many}`] = large;
      verdicts.push(
        {
          what: "find one district, many to few",
          ratio: large.one / small.one,
          wanted: wanted.growth,
        },
        {
          what: "find all districts, to bare SQL",
          ratio: large.all / large.bareAll,
          wanted: wanted.bare,
        },
      );
    }
    context.result({ quick, measured, verdicts }, () =>
      [
        JSON.stringify(measured, (_, value) =>
          typeof value === "number" ? Number(value.toFixed(3)) : value, 2),
        textTable(
          ["WHAT", "RATIO", "WANTED", "VERDICT"],
          verdicts.map(({ what, ratio, wanted }) => [
            what,
            ratio.toFixed(2),
            `<= ${wanted}`,
            ratio <= wanted ? "reached" : "missed",
          ]),
        ),
      ].join("\n"));
  },
});

function medians(seconds: Record<string, number[]>, ...names: string[]): number[] {
  return names.flatMap((name) => {
    const sorted = (seconds[name] ?? []).toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)];
    return middle === undefined ? [] : [middle];
  });
}

await runScript(
  { name: "bench:requests", summary: command.summary, permissions: [], command },
  import.meta.url,
);
