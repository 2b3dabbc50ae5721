/** Which of a video's subtitles make its transcript. */

import type { VideoInfo } from "./media_info.ts";

/**
 * Chooses the subtitles: those that people wrote in the wanted languages; else those that a
 * machine wrote in them; else all that people wrote; else the machine's in the video's own
 * language. Empty when there are none of these.
 */
export function chooseTranscriptLanguages(
  video: Pick<VideoInfo, "subtitleLanguages" | "captionLanguages" | "language">,
  wanted: readonly string[],
): string[] {
  const { subtitleLanguages, captionLanguages, language } = video;
  // A translation is marked as such: en-de is English, by machine, out of German.
  const original = captionLanguages.filter((name) => name.endsWith("-orig"));
  const choices = [
    subtitleLanguages.filter((name) => isWanted(name, wanted)),
    original.filter((name) => isWanted(name.replace(/-orig$/, ""), wanted)),
    captionLanguages.filter((name) => wanted.includes(name)),
    [...subtitleLanguages],
    original,
    captionLanguages.filter((name) => name === language),
  ];
  return choices.find((names) => names.length > 0) ?? [];
}

function isWanted(name: string, wanted: readonly string[]): boolean {
  return wanted.some((language) =>
    name.toLowerCase() === language.toLowerCase() ||
    name.toLowerCase().startsWith(`${language.toLowerCase()}-`)
  );
}
