/** Colours for what is well and what is wrong, when there may be colours at all. */

import { dim, green, red, yellow } from "@std/fmt/colors";
import type { FindingSeverity, QueueHealth } from "./finding.ts";

/** Colours a text by how bad it is. */
export type Paint = (text: string, tone: FindingSeverity | QueueHealth) => string;

const colors = {
  healthy: green,
  degraded: yellow,
  unhealthy: red,
  INFO: dim,
  WARNING: yellow,
  CRITICAL: red,
};

/** Gives the paint: colours, or none. */
export function paintFor(isColored: boolean): Paint {
  return (text, tone) => isColored ? colors[tone](text) : text;
}

/** Colours those rows of a text table for which there is a tone. */
export function paintRows(
  table: string,
  paint: Paint,
  tones: readonly (FindingSeverity | undefined)[],
): string {
  const [head = "", ...rows] = table.split("\n");
  return [
    head,
    ...rows.map((row, place) => {
      const tone = tones[place];
      return tone === undefined ? row : paint(row, tone);
    }),
  ].join("\n");
}
