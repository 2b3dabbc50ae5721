import { assertEquals, assertStringIncludes } from "@std/assert";
import { smallClip } from "../support/media_site_clips.ts";
import { chooseTranscriptLanguages } from "../../lib/downloads/youtube/transcript_languages.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

const subtitles = (text: string) =>
  new TextEncoder().encode(`WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${text}\n`);

Deno.test(
  "downloadYoutubeWithContext() downloads the transcript alone, a file for each language",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const { site } = place;
    site.files.set("/v.mp4", { bytes: await smallClip(), type: "video/mp4" });
    site.files.set("/en.vtt", { bytes: subtitles("Hello"), type: "text/vtt" });
    site.files.set("/de.vtt", { bytes: subtitles("Hallo"), type: "text/vtt" });
    site.addPage(
      "/talk",
      `<html><head><title>Talk</title></head><body><video src="/v.mp4">
     <track kind="subtitles" srclang="en" src="/en.vtt">
     <track kind="subtitles" srclang="de" src="/de.vtt"></video></body></html>`,
    );

    const english = await place.download("/talk", { transcriptOnly: true });
    const both = await place.download("/talk", {
      transcriptOnly: true,
      languages: ["de", "en"],
      outputFormat: "vtt",
    });
    const again = await place.download("/talk", {
      transcriptOnly: true,
      languages: ["de", "en"],
      outputFormat: "vtt",
    });

    assertEquals(english.error_message, null);
    assertEquals(english.files_downloaded, ["Talk (1) [talk-1].en_row17_INFJ.srt"]);
    const text = new TextDecoder().decode(await place.read(english.files_downloaded[0]));
    assertStringIncludes(text, "00:00:00,000 --> 00:00:01,000\nHello");
    assertEquals(both.files_downloaded, [
      "Talk (1) [talk-1].de_row17_INFJ.vtt",
      "Talk (1) [talk-1].en_row17_INFJ.vtt",
    ]);
    assertEquals(again.items[0]?.outcome, "already_there");
    assertEquals(again.files_downloaded, both.files_downloaded);
    assertEquals(site.requests.some(({ path }) => path === "/v.mp4"), false);
  },
);

Deno.test(
  "downloadYoutubeWithContext() says that a video has no transcript",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set("/v.mp4", { bytes: await smallClip(), type: "video/mp4" });

    const result = await place.download("/v.mp4", { transcriptOnly: true });

    assertEquals([result.success, result.error?.code], [false, "NO_TRANSCRIPT"]);
    assertEquals(place.published(), []);
  },
);

Deno.test("chooseTranscriptLanguages() prefers what people wrote in the wanted language", () => {
  const cases = [
    { subtitles: ["de", "en-GB"], captions: ["en"], language: "de", chosen: ["en-GB"] },
    { subtitles: ["de"], captions: ["en-orig", "en", "fr"], language: "en", chosen: ["en-orig"] },
    { subtitles: ["de"], captions: ["en", "en-de", "fr"], language: "en", chosen: ["en"] },
    { subtitles: ["de", "fr"], captions: ["es"], language: "es", chosen: ["de", "fr"] },
    { subtitles: [], captions: ["es", "fr"], language: "es", chosen: ["es"] },
    { subtitles: [], captions: [], language: null, chosen: [] },
  ];

  for (const { subtitles, captions, language, chosen } of cases) {
    const video = { subtitleLanguages: subtitles, captionLanguages: captions, language };

    assertEquals(chooseTranscriptLanguages(video, ["en"]), chosen);
  }
});
