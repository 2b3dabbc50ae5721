/** Whether a command printed what the README shows, apart from what differs from run to run. */

const units = "(?:[kMG]?i?B(?:/s)?|ms|s|min|h|d|records/s)";

/** Masks numbers with their units, times, run ids and the width of columns. */
export function masked(text: string): string {
  return text
    .replace(/\d{8}-\d{6}-[0-9a-f]{6}/g, "<run>")
    .replace(/\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?/g, "<time>")
    .replace(/msg_[0-9a-f-]+/g, "<id>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/g, "<id>")
    .replace(new RegExp(`\\d[\\d,.]*(?:\\s${units}\\b(?:\\s\\d+\\s${units}\\b)?)?`, "g"), "#")
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
