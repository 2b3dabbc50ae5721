import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { smallClip } from "../support/media_site_clips.ts";
import { findRowByFile } from "../../lib/downloads/mod.ts";
import { sampleRow } from "./sample_row.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

function feed(url: string, names: readonly string[]): string {
  const items = names.map((name) =>
    `<item><title>Part ${name}</title><link>${url}/${name}.mp4</link></item>`
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title>${
    items.join("")
  }</channel></rss>`;
}

Deno.test(
  "downloadYoutubeWithContext() takes a playlist item by item, past one that is gone",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const { site } = place;
    const clip = await smallClip();
    const rss = new TextEncoder().encode(feed(site.url, ["one", "two", "three"]));
    site.files.set("/feed.rss", { bytes: rss, type: "application/rss+xml" });
    site.files.set("/one.mp4", { bytes: clip, type: "video/mp4" });
    site.files.set("/three.mp4", { bytes: clip, type: "video/mp4" });

    const partial = await place.download("/feed.rss");
    const before = site.requests.length;
    site.files.set("/two.mp4", { bytes: clip, type: "video/mp4" });
    const whole = await place.download("/feed.rss");

    assertEquals(partial.success, false);
    assertEquals(partial.items.map(({ outcome }) => outcome), [
      "downloaded",
      "failed",
      "downloaded",
    ]);
    assertEquals(partial.items[1]?.error?.code, "GONE");
    assertStringIncludes(partial.error_message ?? "", "1 of 3 items failed: Cannot download");
    assertEquals(partial.files_downloaded.length, 2);
    assertEquals(whole.success, true);
    assertEquals(
      whole.items.map(({ outcome }) => outcome),
      ["already_there", "downloaded", "already_there"],
    );
    const asked = site.requests.slice(before).map(({ path }) => path);
    assertEquals(asked.filter((path) => path === "/one.mp4" || path === "/three.mp4"), []);
    assertEquals(place.published().length, 6);
    for (const name of whole.files_downloaded) {
      assertEquals(await findRowByFile(name, place.folder), sampleRow());
    }
  },
);

Deno.test(
  "downloadYoutubeWithContext() takes every video of a page that describes several",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip = await smallClip();
    for (const name of ["a", "b"]) {
      place.site.files.set(`/${name}.mp4`, {
        bytes: clip,
        type: "video/mp4",
      });
    }
    place.site.addPage(
      "/page.html",
      `<html><head><title>Talks</title></head><body>
     <video src="/a.mp4"></video><video src="/b.mp4"></video></body></html>`,
    );

    const result = await place.download("/page.html");
    const again = await place.download("/page.html");

    assertEquals(result.error_message, null);
    assertEquals(result.items.length, 2);
    for (const name of result.files_downloaded) {
      assertMatch(
        name,
        /^Talks.* \[page-\d\]_row17_INFJ\.mp4$/,
      );
    }
    assertEquals(again.items.map(({ outcome }) => outcome), ["already_there", "already_there"]);
    assertEquals(place.published().length, 4);
  },
);

Deno.test(
  "downloadYoutubeWithContext() stops a playlist at a limit that all items would meet",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const { site } = place;
    const rss = new TextEncoder().encode(feed(site.url, ["one", "two"]));
    site.files.set("/feed.rss", { bytes: rss, type: "application/rss+xml" });
    site.files.set("/one.mp4", 429);
    site.files.set("/two.mp4", { bytes: await smallClip(), type: "video/mp4" });

    const result = await place.download("/feed.rss");

    assertEquals(result.items.map(({ outcome }) => outcome), ["failed", "failed"]);
    assertEquals(result.error?.category, "RATE_LIMIT");
    assertEquals(result.error?.retryable, true);
    assertEquals(site.requests.some(({ path }) => path === "/two.mp4"), false);
  },
);

Deno.test("downloadYoutubeWithContext() fails for a feed without items", needsYtdlp, async () => {
  await using place = await youtubeSandbox();
  const rss = new TextEncoder().encode(feed(place.site.url, []));
  place.site.files.set("/feed.rss", { bytes: rss, type: "application/rss+xml" });

  const result = await place.download("/feed.rss");

  assertEquals([result.success, result.error?.code], [false, "NO_ITEMS"]);
});
