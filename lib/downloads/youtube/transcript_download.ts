/** Downloading the subtitles of a video by yt-dlp. */

import { join } from "@std/path";
import { ValidationError } from "../../core/mod.ts";
import { classifyYtdlpFailure } from "../failures/mod.ts";
import type { MediaRequest } from "./media_request.ts";
import { guardedInfo } from "./stream_versions.ts";
import { chooseTranscriptLanguages } from "./transcript_languages.ts";
import { fileNamesIn, type MadeFile, type VideoDownload, writeInfo } from "./video_download.ts";
import { mediaStem, transcriptArguments } from "./ytdlp_arguments.ts";
import { runYtdlp } from "./ytdlp_process.ts";

const deadlineMs = 10 * 60_000;

/**
 * Downloads the transcript of a video: one file for each of its languages that is wanted.
 *
 * @throws ValidationError with the code `NO_TRANSCRIPT` when it has none; another OpsdeckError that
 * says what failed; the reason of the signal
 */
export async function downloadTranscript(
  download: VideoDownload,
  request: MediaRequest & { kind: "transcript" },
): Promise<MadeFile[]> {
  const { program, video, url, attempt, signal } = download;
  const languages = chooseTranscriptLanguages(video, request.languages);
  if (languages.length === 0) {
    throw new ValidationError(
      `Cannot download the transcript of ${url} as it has no subtitles; leave transcriptOnly out ` +
        "to have the video",
      { code: "NO_TRANSCRIPT", context: { url } },
    );
  }
  await attempt.keepOnly([]);
  await writeInfo(attempt, guardedInfo(video, undefined));
  const run = await runYtdlp(program.path, transcriptArguments(program, request, languages), {
    folder: attempt.path,
    signal,
    deadlineMs,
  });
  if (run.exitCode !== 0 || run.signal !== null) {
    throw classifyYtdlpFailure(url, { ...run, version: program.version });
  }
  const made = (await fileNamesIn(attempt.path)).flatMap((name) => {
    const [, language] = new RegExp(`^${mediaStem}\\.(.+)\\.${request.format}$`).exec(name) ?? [];
    return language === undefined ? [] : [{
      path: join(attempt.path, name),
      label: language,
      details: { language },
    }];
  });
  const missing = languages.filter((language) => !made.some(({ label }) => label === language));
  if (missing.length > 0) {
    throw classifyYtdlpFailure(url, { ...run, version: program.version });
  }
  return made;
}
