/** Tiny videos, made by ffmpeg once for each test file. */

import { join } from "@std/path";
import type { MediaSite } from "./media_site.ts";

const made = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Gives a video of a second: MP4, 64 by 64, with sound, about 20 kB. */
export async function smallClip(): Promise<Uint8Array<ArrayBuffer>> {
  return await clip("64x64", 1);
}

/** Gives a video of ten seconds, about 300 kB. */
export async function tenSecondClip(): Promise<Uint8Array<ArrayBuffer>> {
  return await clip("320x240", 10);
}

/** Gives a video that takes many seconds to convert. */
export async function longClip(): Promise<Uint8Array<ArrayBuffer>> {
  return await clip("640x480", 60);
}

async function clip(size: string, seconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = `${size} ${seconds}`;
  const making = made.get(key) ?? makeClip(size, seconds);
  made.set(key, making);
  return (await making).slice();
}

/** Gives another version of a video, of the same length: a file of the two would be noticed. */
export function otherVersion(clip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return clip.map((byte, index) => index < 1024 ? byte : byte ^ 0xff);
}

async function makeClip(size: string, seconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "opsdeck-clip-" });
  try {
    const path = join(folder, "clip.mp4");
    await ffmpeg([...input(size, seconds), ...codecs, "-movflags", "+faststart", path]);
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Adds a video whose pictures and sound are two files, and gives the path of its description. */
export async function addTwoStreams(site: MediaSite): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "opsdeck-dash-" });
  try {
    await ffmpeg([...input("64x64"), ...codecs, "-an", join(folder, "picture.mp4")]);
    await ffmpeg([...input("64x64"), ...codecs, "-vn", join(folder, "sound.m4a")]);
    for (
      const [name, type] of [["picture.mp4", "video/mp4"], ["sound.m4a", "audio/mp4"]] as const
    ) {
      const bytes = await Deno.readFile(join(folder, name));
      site.files.set(`/${name}`, { bytes, type, etag: `"${name}"` });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const description =
    `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>
     <AdaptationSet mimeType="video/mp4"><Representation id="p" bandwidth="100000" width="64"
     height="64" codecs="avc1.42c00a"><BaseURL>picture.mp4</BaseURL></Representation></AdaptationSet>
     <AdaptationSet mimeType="audio/mp4"><Representation id="s" bandwidth="64000"
     codecs="mp4a.40.2" audioSamplingRate="44100"><BaseURL>sound.m4a</BaseURL></Representation>
     </AdaptationSet></Period></MPD>`;
  const bytes = new TextEncoder().encode(description);
  site.files.set("/two.mpd", { bytes, type: "application/dash+xml" });
  return "/two.mpd";
}

/** Tells what kinds of streams a file holds, such as `audio` and `video`. */
export async function streamsOf(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ffprobe", {
    args: ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").sort();
}

/** Adds an HLS stream in two heights, 120 and 240, and gives the path of its master playlist. */
export async function addHlsStream(site: MediaSite): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "opsdeck-hls-" });
  try {
    for (const height of [120, 240]) {
      await ffmpeg([
        ...input(`${height * 4 / 3}x${height}`),
        ...codecs,
        ...["-hls_time", "0.5", "-hls_list_size", "0", "-g", "5"],
        ...["-hls_segment_filename", join(folder, `${height}-%d.ts`)],
        join(folder, `${height}.m3u8`),
      ]);
    }
    for await (const { name } of Deno.readDir(folder)) {
      const type = name.endsWith(".m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t";
      site.files.set(`/hls/${name}`, { bytes: await Deno.readFile(join(folder, name)), type });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const master = [
    "#EXTM3U",
    '#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=160x120,CODECS="avc1.42c00a,mp4a.40.2"',
    "120.m3u8",
    '#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x240,CODECS="avc1.42c00d,mp4a.40.2"',
    "240.m3u8",
    "",
  ].join("\n");
  site.files.set("/hls/master.m3u8", {
    bytes: new TextEncoder().encode(master),
    type: "application/vnd.apple.mpegurl",
  });
  return "/hls/master.m3u8";
}

const codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-c:a", "aac"];

function input(size: string, seconds = 1): string[] {
  return [
    ...["-f", "lavfi", "-i", `testsrc=size=${size}:rate=10`],
    ...["-f", "lavfi", "-i", "sine=frequency=440", "-t", String(seconds)],
  ];
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-nostdin", "-loglevel", "error", "-y", ...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot make a video: ${new TextDecoder().decode(stderr)}`);
}
