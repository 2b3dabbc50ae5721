/** Showing a run to the person who started it. */

import { format as formatBytes } from "@std/fmt/bytes";
import {
  countOf,
  formatDuration,
  type Progress,
  type ScriptContext,
  singleLine,
} from "../../core/command_line/mod.ts";
import type { DownloadProgress } from "../download_progress.ts";
import type { RunWatch } from "./run_options.ts";
import { outcomeText } from "./run_report.ts";

/**
 * Says on stderr how each attempt ended, keeps a progress line at a terminal, and passes the stop
 * signal on. Dispose of it to take the line away.
 */
export function watchRun(context: ScriptContext): RunWatch & Disposable {
  let progress: Progress | undefined;
  const inHand = new Set<string>();
  context.onStopAtOnce(() => {
    const count = inHand.size;
    if (count === 0) return undefined;
    return `${countOf(count, "download stays", "downloads stay")} unfinished, and the ` +
      "last results stay in the CSV's journal, until: track-downloads run";
  });
  return {
    signal: context.signal,
    runId: context.runId,
    onBegin(total) {
      progress = context.progress({ label: "Downloading", total, unit: "downloads" });
    },
    onStart: ({ row, download_type }) => void inHand.add(`${download_type} ${row.row_id}`),
    onDownload(outcome) {
      inHand.delete(`${outcome.download_type} ${outcome.row_id}`);
      context.note(outcomeText(outcome));
      progress?.advance(outcome.retry_in_seconds === null ? 1 : 0);
    },
    onProgress: (_job, state) => progress?.advance(0, () => progressDetail(state)),
    [Symbol.dispose]: () => progress?.[Symbol.dispose](),
  };
}

function progressDetail(state: DownloadProgress): string {
  const { label, item, itemCount, phase, bytes, totalBytes, bytesPerSecond, etaMs } = state;
  const place = itemCount > 1 ? ` (${item} of ${itemCount})` : "";
  if (phase !== "downloading") return `${singleLine(label)}${place}: ${phase}`;
  const parts = [
    totalBytes === null
      ? formatBytes(bytes)
      : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
    ...(bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s`]),
    ...(etaMs === null ? [] : [`${formatDuration(etaMs)} left`]),
  ];
  return `${singleLine(label)}${place}: ${parts.join(", ")}`;
}
