/** Durations as people write them: `250ms`, `90s`, `10m`, `1.5h`, `30d`. */

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a duration with its unit and gives milliseconds; undefined when it is not one. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = unitMs[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** Writes milliseconds as a flag takes them, such as `15m`: what {@link parseDurationMs} reads. */
export function durationArgument(ms: number): string {
  const [unit = "ms", size = 1] = Object.entries(unitMs).findLast(([, size]) => ms % size === 0) ??
    [];
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

/** Writes milliseconds for a person with two units at most: `850 ms`, `4.2 s`, `3 min 20 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
