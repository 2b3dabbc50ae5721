/** Looking at yt-dlp and ffmpeg. */

import { type CheckFinding, ConfigManager, OpsdeckError } from "../../core/mod.ts";
import { diagnoseYtdlp, ytdlpPath } from "../youtube/mod.ts";

/** YouTube changes often; yt-dlp itself warns when it is older than this. */
const oldAfterDays = 90;

const onlyVideos = "only downloads of videos need it";

/**
 * Runs yt-dlp to learn its version and what it finds on this machine.
 *
 * @throws ConfigurationError when `YTDLP_PATH` is set and it cannot be used.
 */
export async function checkYtdlp(signal?: AbortSignal, now = new Date()): Promise<CheckFinding> {
  const config = new ConfigManager("downloads");
  const isSet = config.lookup("YTDLP_PATH") !== undefined;
  try {
    const { version, ffmpeg, ffprobe, jsRuntimes } = await diagnoseYtdlp(ytdlpPath(config), signal);
    const found = `yt-dlp ${version}, ffmpeg ${ffmpeg ?? "missing"}, ` +
      `ffprobe ${ffprobe ?? "missing"}, JavaScript by ${jsRuntimes ?? "nothing"}`;
    const advice = adviceOf({ version, ffmpeg, ffprobe }, now);
    return { status: advice === undefined ? "ok" : "warning", found, advice };
  } catch (error) {
    signal?.throwIfAborted();
    if (isSet || !(error instanceof OpsdeckError)) throw error;
    return { status: "not_configured", found: `${error.message}; ${onlyVideos}` };
  }
}

function adviceOf(
  { version, ffmpeg, ffprobe }: { version: string; ffmpeg: string | null; ffprobe: string | null },
  now: Date,
): string | undefined {
  if (ffmpeg === null || ffprobe === null) {
    return "install ffmpeg, which joins and converts videos (Debian: apt install ffmpeg)";
  }
  const madeAtMs = Date.parse(version.slice(0, 10).replaceAll(".", "-"));
  const days = Math.floor((now.getTime() - madeAtMs) / 86_400_000);
  if (!(days > oldAfterDays)) return undefined;
  return `yt-dlp is ${days} days old, and YouTube changes often: update it`;
}
