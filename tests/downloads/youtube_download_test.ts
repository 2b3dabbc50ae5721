import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { downloadYoutubeWithContext, findRowByFile } from "../../lib/downloads/mod.ts";
import { addHlsStream, smallClip } from "../support/media_site_clips.ts";
import { sampleRow } from "./sample_row.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

Deno.test(
  "downloadYoutubeWithContext() publishes a video with the row's suffix and its metadata",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip = await smallClip();
    place.site.files.set("/clip.mp4", { bytes: clip, type: "video/mp4", etag: '"a"' });
    const phases = new Set<string>();

    const result = await place.download("/clip.mp4", {
      onProgress: ({ phase, label }) => phases.add(`${phase} ${label.replace(place.site.url, "")}`),
    });

    const [name] = result.files_downloaded;
    assertEquals(result.error_message, null);
    assertEquals(name, "clip [clip]_row17_INFJ.mp4");
    assertEquals(place.published(), [name, `${name}.metadata.json`]);
    assertEquals(place.attempts(), []);
    assertEquals(await place.read(name), clip);
    assertEquals(result.media_id, "clip");
    assertEquals(result.metadata_file, join(place.folder, `${name}.metadata.json`));
    const metadata = await place.metadata(name);
    assertEquals(metadata["row_context"], sampleRow().toMetadataDict());
    assertEquals(metadata["source_url"], `${place.site.url}/clip.mp4`);
    assertEquals(metadata["size_bytes"], clip.length);
    assertMatch(String(metadata["sha256"]), /^[0-9a-f]{64}$/);
    assertEquals(await findRowByFile(String(name), place.folder), sampleRow());
    assert(phases.has("finding /clip.mp4") && phases.has("downloading clip"), [...phases].join());
  },
);

Deno.test(
  "downloadYoutubeWithContext() does not ask again for what is there, unless forced",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set("/clip.mp4", { bytes: await smallClip(), type: "video/mp4" });

    const first = await place.download("/clip.mp4");
    const asked = place.site.requests.length;
    const again = await place.download("/clip.mp4");
    const otherRow = await place.download("/clip.mp4", {}, sampleRow({ row_id: "18" }));
    const forced = await place.download("/clip.mp4", { force: true });

    assertEquals(asked > 0, true);
    assertEquals(again.items[0]?.outcome, "already_there");
    assertEquals(again.files_downloaded, first.files_downloaded);
    assertEquals(otherRow.files_downloaded, ["clip [clip]_row18_INFJ.mp4"]);
    assertEquals(forced.items[0]?.outcome, "downloaded");
    assertEquals(forced.files_downloaded, first.files_downloaded);
    assertEquals(place.published().length, 4);
  },
);

Deno.test(
  "downloadYoutubeWithContext() downloads again what was cut short or lost its metadata",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip = await smallClip();
    place.site.files.set("/clip.mp4", { bytes: clip, type: "video/mp4" });
    const { files_downloaded: [name = ""] } = await place.download("/clip.mp4");

    await Deno.truncate(join(place.folder, name), 100);
    const whole = await place.download("/clip.mp4");
    await Deno.remove(join(place.folder, `${name}.metadata.json`));
    const beside = await place.download("/clip.mp4");

    assertEquals(whole.files_downloaded, [name]);
    assertEquals(await place.read(name), clip);
    // Nobody knows any more whose file that is.
    assertEquals(beside.files_downloaded, ["clip [clip]_row17_INFJ (2).mp4"]);
  },
);

Deno.test(
  "downloadYoutubeWithContext() keeps to the resolution, and says when there is none",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const master = await addHlsStream(place.site);

    const small = await place.download(master, { resolution: "120p" });
    const best = await place.download(master);
    const none = await place.download(master, { resolution: 90 });

    const heightOf = async (name: string | undefined) =>
      Object((await place.metadata(name))["details"]).height;
    assertEquals(await heightOf(small.files_downloaded[0]), 120);
    assertEquals(await heightOf(best.files_downloaded[0]), 240);
    assertEquals(none.error?.code, "FORMAT_UNAVAILABLE");
    assertEquals(none.error?.retryable, false);
  },
);

Deno.test(
  "downloadYoutubeWithContext() makes the format that is asked for",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set("/clip.mp4", { bytes: await smallClip(), type: "video/mp4" });

    const mkv = await place.download("/clip.mp4", { outputFormat: "mkv" });
    const mp3 = await place.download("/clip.mp4", { outputFormat: ".MP3" });

    assertEquals(mkv.files_downloaded, ["clip [clip]_row17_INFJ.mkv"]);
    const matroska = (await place.read(mkv.files_downloaded[0])).slice(0, 4);
    assertEquals(matroska, new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]));
    assertEquals(mp3.files_downloaded, ["clip [clip]_row17_INFJ.mp3"]);
  },
);

Deno.test(
  "downloadYoutubeWithContext() gives a hostile title a safe name",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set("/v.mp4", { bytes: await smallClip(), type: "video/mp4" });
    place.site.addPage(
      "/page",
      `<html><head><title>../../etc, a"b\u202e&#10;%(id)s $(id) ${"ü".repeat(300)}</title></head>
     <body><video src="/v.mp4"></video></body></html>`,
    );

    const result = await place.download("/page");

    const [name = ""] = result.files_downloaded;
    assertEquals(result.error_message, null);
    assertMatch(name, /^_.._etc_ a_b %\(id\)s \$\(id\) ü+ \[page-1\]_row17_INFJ\.mp4$/);
    assert(new TextEncoder().encode(`${name}.metadata.json`).length <= 255);
    assertEquals(place.published(), [name, `${name}.metadata.json`]);
  },
);

Deno.test("downloadYoutubeWithContext() refuses what is no address of the web, without a program", async () => {
  await using place = await youtubeSandbox();
  const addresses = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/a",
    "--exec=touch /tmp/x",
    "",
    "javascript:alert(1)",
    "http://u:secret@127.0.0.1/a",
    "ftp://u:secret@127.0.0.1/a",
    "https://a b",
  ];

  for (const address of addresses) {
    const result = await downloadYoutubeWithContext(address, sampleRow(), {
      downloadsDir: place.folder,
      ytdlpPath: "/nonexistent",
    });

    assertEquals([result.success, result.error?.code], [false, "UNSUPPORTED_URL"], address);
    assertEquals(JSON.stringify(result).includes("secret"), false);
  }
});

Deno.test("downloadYoutubeWithContext() refuses wishes that cannot be met, without a program", async () => {
  await using place = await youtubeSandbox();
  const wishes = [
    { resolution: "high" },
    { resolution: 0 },
    { outputFormat: "exe" },
    { outputFormat: "mp3", resolution: 720 },
    { transcriptOnly: true, outputFormat: "mp4" },
    { transcriptOnly: true, languages: ["en,--exec"] },
    { transcriptOnly: true, resolution: 720 },
  ];

  for (const wish of wishes) {
    const result = await place.download("/a", { ...wish, ytdlpPath: "/nonexistent" });

    assertEquals(
      [result.success, result.error?.category],
      [false, "VALIDATION"],
      Deno.inspect(wish),
    );
  }
});
