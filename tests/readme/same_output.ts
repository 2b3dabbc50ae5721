/** Whether a command printed what the README shows, apart from what differs from run to run. */

const number = "\\d[\\d,.]*";
const units = "(?:[kMG]?i?B(?:/s)?|ms|s|min|h|d|records/s)";

/**
 * What differs from run to run, by what it is; all other numbers are counts, and are compared. The
 * first that fits holds.
 */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\d{8}-\d{6}-[0-9a-f]{6}/g, "<run>"],
  [/_20\d{12}(?=\.)/g, "_<time>"], // what a processed copy's name was given
  [/\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?/g, "<time>"],
  [/msg_[0-9a-f-]+/g, "<id>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/g, "<id>"],
  [new RegExp(`${number}/s\\b`, "g"), "<rate>"],
  [new RegExp(`\\b${number}\\s${units}(?![\\w/])(?:\\s\\d+\\s${units}\\b)?`, "g"), "<amount>"],
  [/(\b(?:127\.0\.0\.1|localhost|\[::1\]):|\bport )\d+/g, "$1<port>"],
  [/(\b(?:process|--before) )\d+/g, "$1<id>"],
];

/** Masks what differs from run to run, and the width of columns. */
function masked(text: string): string {
  return varying.reduce((rest, [pattern, mask]) => rest.replace(pattern, mask), text)
    .replace(/[▁▂▃▄▅▆▇█]+/g, "▄")
    .replace(/[ \t]+/g, " ")
    .replace(/ $/gm, "");
}

/**
 * Compares; a line `…` in what the README shows stands for any lines, and `…` in a line for any
 * words. Without them the order of the lines may differ, as things that run at once end by chance.
 */
export function isSameOutput(shown: string, printed: string): boolean {
  const sorted = (text: string) => masked(text).split("\n").sort().join("\n");
  if (sorted(shown) === sorted(printed)) return true;
  const parts = masked(shown).split("\n").map((line) => line.trim() === "…" ? undefined : line);
  let pattern = "^";
  for (const [index, line] of parts.entries()) {
    if (line === undefined) pattern += "(?:.*\\n)*?";
    else {
      const words = line.split("…").map(escaped).join(".*");
      pattern += words + (index === parts.length - 1 ? "" : "\\n");
    }
  }
  if (parts.at(-1) === undefined) pattern += "(?:.*\\n?)*";
  return new RegExp(`${pattern}$`).test(masked(printed));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
