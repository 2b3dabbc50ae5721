/** What an address holds: one video, or the items of a playlist. */

import { classifyYtdlpFailure } from "../failures/mod.ts";
import { type MediaInfo, parseMediaInfo } from "./media_info.ts";
import type { MediaRequest } from "./media_request.ts";
import { inspectArguments } from "./ytdlp_arguments.ts";
import { runYtdlp } from "./ytdlp_process.ts";
import type { YtdlpProgram } from "./ytdlp_program.ts";

/** A page of a channel with thousands of videos takes its time. */
const inspectDeadlineMs = 10 * 60_000;

/**
 * Asks yt-dlp what an address leads to, without downloading anything. The items of a playlist are
 * named, not looked into.
 *
 * @throws OpsdeckError that says what failed; the reason of the signal
 */
export async function findMedia(
  program: YtdlpProgram,
  request: MediaRequest,
  url: string,
  signal?: AbortSignal,
): Promise<MediaInfo> {
  const lines: string[] = [];
  const run = await runYtdlp(program.path, inspectArguments(program, request, url), {
    signal,
    deadlineMs: inspectDeadlineMs,
    onLine: (line) => void lines.push(line),
  });
  const text = lines.find((line) => line.startsWith("{"));
  const info = text === undefined ? undefined : parseMediaInfo(text);
  const isComplete = run.exitCode === 0 && run.signal === null;
  // A playlist with dead entries is printed whole, and the exit code is 1 all the same.
  if (info !== undefined && (isComplete || info.kind === "playlist")) return info;
  throw classifyYtdlpFailure(url, { ...run, version: program.version });
}
