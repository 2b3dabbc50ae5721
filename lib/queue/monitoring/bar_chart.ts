/** A bar chart of a timeline in Unicode blocks. */

import { formatCount } from "../../core/command_line/mod.ts";
import type { TimelineSlice } from "./finished_work.ts";
import type { Paint } from "./paint.ts";

const blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/**
 * Gives the rows of a chart from the top down, a column a value; the highest reaches the top, and
 * what is above zero shows at least an eighth of a row.
 */
export function barRows(values: readonly number[], height: number): string[] {
  const highest = Math.max(...values, 0);
  const eighths = values.map((value) =>
    highest === 0 || value <= 0 ? 0 : Math.max(1, Math.round((value / highest) * height * 8))
  );
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    return eighths.map((count) => blocks[Math.min(8, Math.max(0, count - below))]).join("");
  });
}

const chartHeight = 5;
const mostColumns = 72;

/** Writes finished records by slice as bars, and failed ones in a row of their own below. */
export function timelineChart(timeline: readonly TimelineSlice[], paint: Paint): string {
  const slices = timeline.slice(-mostColumns);
  const finished = slices.map((slice) => slice.completed + slice.failed);
  const failed = slices.map((slice) => slice.failed);
  const top = formatCount(Math.max(...finished, 0));
  const width = Math.max(top.length, "failed".length);
  const lines = barRows(finished, chartHeight).map((row, place) => {
    const label = place === 0 ? top : place === chartHeight - 1 ? "0" : "";
    return `${label.padStart(width)} │${row}`.trimEnd();
  });
  if (failed.some((count) => count > 0)) {
    const [row = ""] = barRows(failed, 1);
    const most = formatCount(Math.max(...failed));
    lines.push(paint(`${"failed".padStart(width)} │${row} up to ${most}`, "WARNING"));
  }
  const first = slices[0];
  const last = slices.at(-1);
  if (first && last) {
    lines.push(
      `${" ".repeat(width)} └ ${shortTime(first.from)} to ${shortTime(last.to)} UTC, ` +
        `a column ${sliceText(last)}`,
    );
  }
  return lines.join("\n");
}

/** Writes an ISO time to the minute. */
export function shortTime(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

function sliceText({ from, to }: TimelineSlice): string {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);
  return hours === 1 ? "an hour" : "a day";
}
