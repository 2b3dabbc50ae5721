/** What stands in the table while claims are timed. */

import type { Block } from "./systems/queue_system.ts";

/** One state of the table. */
export interface ClaimDepth {
  /** What it is, for people. */
  title: string;
  /** Its rows, in the order in which they are added. */
  blocks: readonly Block[];
  /** Whether it needs records that are due later. */
  needsSchedule: boolean;
}

/** Gives the states: `few` claimable records, alone and beside or among `many` others. */
export function claimDepths(few: number, many: number): ClaimDepth[] {
  const fresh: Block = {
    records: few,
    flow: "measured",
    status: "pending",
    due: "in turn",
    urgent: false,
  };
  const full: Block = { ...fresh, records: many };
  const depth = (title: string, ...blocks: Block[]): ClaimDepth => ({
    title,
    blocks,
    needsSchedule: blocks.some((block) => block.due === "tomorrow"),
  });
  const [fewText, manyText] = [shortCount(few), shortCount(many)];
  return [
    depth(`${fewText} pending`, fresh),
    depth(`${manyText} pending`, full),
    depth(`${manyText} completed`, { ...full, status: "completed" }, fresh),
    depth(`${manyText} pending at one moment`, { ...full, due: "at one moment" }),
    depth(`${manyText} due tomorrow`, { ...full, due: "tomorrow" }, fresh),
    depth(
      `${manyText} due tomorrow, more urgent`,
      { ...full, due: "tomorrow", urgent: true },
      fresh,
    ),
    depth(`behind ${manyText} of another flow`, { ...full, flow: "other" }, fresh),
  ];
}

/** Writes a count short: `10k`, `1M`. */
function shortCount(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000}M`;
  return count >= 1000 ? `${count / 1000}k` : String(count);
}
