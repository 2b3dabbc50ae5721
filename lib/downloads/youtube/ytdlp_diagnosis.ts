/** What yt-dlp says of the machine that it runs on. */

import { runYtdlp } from "./ytdlp_process.ts";
import { findYtdlp, jsRuntimeArguments } from "./ytdlp_program.ts";

/** What yt-dlp found. */
export interface YtdlpDiagnosis {
  /** Its version. */
  version: string;
  /** The version of ffmpeg; null where there is none. */
  ffmpeg: string | null;
  /** The version of ffprobe; null where there is none. */
  ffprobe: string | null;
  /**
   * The programs that run YouTube's JavaScript, such as `deno-2.9.6`; null for a yt-dlp that knows
   * none of them and is too old for YouTube.
   */
  jsRuntimes: string | null;
}

const deadlineMs = 60_000;

/**
 * Asks yt-dlp what it has found on this machine. It is run for that, and so shown to work.
 *
 * @throws ConfigurationError when it cannot be used
 */
export async function diagnoseYtdlp(path: string, signal?: AbortSignal): Promise<YtdlpDiagnosis> {
  const program = await findYtdlp(path, signal);
  // Without an address it says what it sees, and ends with its usage and exit code 2.
  const args = ["--ignore-config", "--verbose", ...jsRuntimeArguments(program, Deno.execPath())];
  const { stderr } = await runYtdlp(path, args, { signal, deadlineMs });
  const [, programs = ""] = /^\[debug\] exe versions: (.*)$/m.exec(stderr) ?? [];
  const [, runtimes] = /^\[debug\] JS runtimes: (.*)$/m.exec(stderr) ?? [];
  return {
    version: program.version,
    ffmpeg: versionOf("ffmpeg", programs),
    ffprobe: versionOf("ffprobe", programs),
    jsRuntimes: runtimes === undefined || runtimes === "none" ? null : runtimes,
  };
}

function versionOf(name: string, programs: string): string | null {
  return new RegExp(`(?:^|, )${name} (\\S+?)(?: \\(|,|$)`).exec(programs)?.[1] ?? null;
}
