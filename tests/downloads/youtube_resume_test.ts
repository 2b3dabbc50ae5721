import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { ServedFile } from "../support/media_site_file.ts";
import { otherVersion, smallClip } from "../support/media_site_clips.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

/** The connection is lost so often that yt-dlp gives up. */
const lostForGood = [9000, 9000, 9000, 9000, 9000];
const path = "/clip.mp4";
/** What yt-dlp had written by then, which is a matter of its blocks. */
const partRange = /^bytes=[1-9]\d{3}-$/;

async function lostDownload(file: Partial<ServedFile>) {
  const place = await youtubeSandbox();
  const clip = await smallClip();
  const served: ServedFile = { bytes: clip, type: "video/mp4", cuts: [...lostForGood], ...file };
  place.site.files.set(path, served);
  const lost = await place.download(path);
  return { place, clip, served, lost };
}

Deno.test(
  "downloadYoutubeWithContext() continues an interrupted download of the same version",
  needsYtdlp,
  async () => {
    const { place, clip, served, lost } = await lostDownload({ etag: '"a"' });
    await using _place = place;
    const parts = place.attempts();
    served.cuts = [];
    const before = place.site.requests.length;

    const result = await place.download(path);

    assertEquals([lost.error?.category, lost.error?.retryable], ["NETWORK", true]);
    assert(parts.includes("media.mp4.part"), parts.join());
    assertEquals(await place.read(result.files_downloaded[0]), clip);
    const asked = place.site.requests.slice(before);
    assertMatch(asked.at(-1)?.range ?? "", partRange);
    assertEquals(asked.at(-1)?.ifRange, '"a"');
    assertEquals(place.attempts(), []);
  },
);

Deno.test(
  "downloadYoutubeWithContext() starts again when the video has changed in between",
  needsYtdlp,
  async () => {
    const { place, clip, served } = await lostDownload({ etag: '"a"' });
    await using _place = place;
    const changed = otherVersion(clip);
    Object.assign(served, { bytes: changed, etag: '"b"', cuts: [] });

    const result = await place.download(path);

    assertEquals(result.error_message, null);
    assertEquals(await place.read(result.files_downloaded[0]), changed);
  },
);

Deno.test(
  "downloadYoutubeWithContext() starts again when the video changes while yt-dlp runs",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip = await smallClip();
    const changed = otherVersion(clip);
    const served: ServedFile = { bytes: clip, type: "video/mp4", etag: '"a"' };
    // The first request asks what it is, the second which version, the third for all of it.
    place.site.files.set(
      path,
      (count) =>
        count < 3
          ? served
          : count === 3
          ? { ...served, cuts: [9000] }
          : { ...served, bytes: changed, etag: '"b"' },
    );

    const result = await place.download(path);

    assertEquals(result.error_message, null);
    assertEquals(await place.read(result.files_downloaded[0]), changed);
    assertMatch(place.site.requests[3]?.range ?? "", partRange);
    assertEquals(place.site.requests[3]?.ifRange, '"a"');
  },
);

Deno.test(
  "downloadYoutubeWithContext() continues nothing of which the version is not known",
  needsYtdlp,
  async () => {
    const fresh = new Date();
    for (const validator of [{}, { etag: 'W/"a"' }, { lastModified: fresh }]) {
      const { place, clip, served } = await lostDownload(validator);
      await using _place = place;
      const changed = otherVersion(clip);
      Object.assign(served, { bytes: changed, cuts: [] });
      const before = place.site.requests.length;

      const result = await place.download(path);

      assertEquals(await place.read(result.files_downloaded[0]), changed);
      const ranges = place.site.requests.slice(before).map(({ range }) => range);
      assertEquals(ranges.filter((range) => range !== null && range !== "bytes=0-0"), []);
    }
  },
);

Deno.test(
  "downloadYoutubeWithContext() fails for a web page in a video's place, and keeps nothing of it",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip: ServedFile = { bytes: await smallClip(), type: "video/mp4" };
    const html = `<!DOCTYPE html><html><title>Sign in</title>${"please ".repeat(500)}</html>`;
    const page: ServedFile = { bytes: new TextEncoder().encode(html), type: "video/mp4" };
    // The first request asks what it is, the second which version, the third for all of it.
    place.site.files.set(path, (count) => count < 3 ? clip : page);

    const result = await place.download(path);

    assertEquals([result.success, result.error?.code], [false, "NO_FILE"]);
    assertEquals(place.published(), []);
  },
);

Deno.test(
  "downloadYoutubeWithContext() fails for a video that is shorter than the server named",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const bytes = await smallClip();
    const whole: ServedFile = { bytes, type: "video/mp4", etag: '"a"' };
    const half: ServedFile = { ...whole, bytes: bytes.slice(0, 9000) };
    place.site.files.set(path, (count) => count < 3 ? whole : half);

    const result = await place.download(path);

    assertEquals([result.success, result.error?.code], [false, "NO_FILE"]);
    assertEquals(place.published(), []);
  },
);

Deno.test(
  "downloadYoutubeWithContext() does not take a half converted file for a finished one",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const served: ServedFile = { bytes: await smallClip(), type: "video/mp4", etag: '"a"' };
    place.site.files.set(path, { ...served, cuts: [...lostForGood] });
    await place.download(path, { outputFormat: "mkv" });
    const [attempt = ""] = [...Deno.readDirSync(join(place.folder, ".attempts"))]
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
    for (const name of ["media.mkv", "media.temp.mkv", "media.mp4"]) {
      await Deno.writeTextFile(join(place.folder, ".attempts", attempt, name), "cut short");
    }
    place.site.files.set(path, served);

    const result = await place.download(path, { outputFormat: "mkv" });

    assertEquals(result.error_message, null);
    assertEquals(
      (await place.read(result.files_downloaded[0])).slice(1, 4),
      new Uint8Array([0x45, 0xdf, 0xa3]),
    );
  },
);
