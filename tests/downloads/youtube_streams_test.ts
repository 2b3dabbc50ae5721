import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { ServedFile } from "../support/media_site_file.ts";
import { addTwoStreams, streamsOf } from "../support/media_site_clips.ts";
import type { YoutubeSandbox } from "./youtube_sandbox.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

function served(place: YoutubeSandbox, path: string): ServedFile {
  const file = place.site.files.get(path);
  if (typeof file !== "object") throw new Error(`Cannot find ${path} on the site`);
  return file;
}

Deno.test(
  "downloadYoutubeWithContext() joins pictures and sound, and continues either after a loss",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const path = await addTwoStreams(place.site);
    const sound = served(place, "/sound.m4a");
    sound.cuts = Array(10).fill(3000);

    const lost = await place.download(path);
    const kept = place.attempts();
    sound.cuts = [];
    const before = place.site.requests.length;
    const result = await place.download(path);

    assertEquals([lost.success, lost.error?.category], [false, "NETWORK"]);
    assert(kept.some((name) => /^media\.f.+\.mp4$/.test(name)), kept.join());
    assertEquals(result.error_message, null);
    const [name = ""] = result.files_downloaded;
    assertEquals(await streamsOf(join(place.folder, name)), ["audio", "video"]);
    const asked = place.site.requests.slice(before);
    // The pictures were whole: one byte was asked for, to know that they are still the same.
    assertEquals(
      asked.filter(({ path }) => path === "/picture.mp4").map(({ range }) => range),
      ["bytes=0-0"],
    );
    assertEquals(asked.at(-1)?.ifRange, '"sound.m4a"');
    assertEquals(place.attempts(), []);
  },
);

Deno.test(
  "downloadYoutubeWithContext() never joins the pictures of one version to the sound of another",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const path = await addTwoStreams(place.site);
    const sound = served(place, "/sound.m4a");
    sound.cuts = Array(10).fill(3000);
    await place.download(path);
    sound.cuts = [];
    sound.etag = '"another"';
    const before = place.site.requests.length;

    const result = await place.download(path);

    assertEquals(result.error_message, null);
    const ranges = place.site.requests.slice(before)
      .filter(({ path }) => path === "/picture.mp4").map(({ range }) => range);
    assertEquals(ranges, ["bytes=0-0", null]);
  },
);
