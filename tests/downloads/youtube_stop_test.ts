import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { longClip, smallClip, tenSecondClip } from "../support/media_site_clips.ts";
import { processesIn } from "../support/processes_in_folder.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { watchProcessGroup } from "../../lib/downloads/youtube/process_group.ts";
import { waitFor } from "../support/wait_for.ts";
import { needsYtdlp, youtubeSandbox } from "./youtube_sandbox.ts";

const path = "/clip.mp4";

Deno.test(
  "downloadYoutubeWithContext() leaves no process behind when it is cancelled, and continues later",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const clip = await smallClip();
    const served = { bytes: clip, type: "video/mp4", etag: '"a"', holdAt: 9000 };
    place.site.files.set(path, served);
    const stop = new AbortController();

    const download = place.download(path, { signal: stop.signal });
    await waitFor(() => processesIn(place.folder).length, { what: "yt-dlp" });
    await waitFor(() => place.partBytes(), {
      what: "a part",
    });
    stop.abort(new DOMException("enough", "AbortError"));
    await assertRejects(() => download, DOMException, "enough");
    const left = processesIn(place.folder);
    const parts = place.attempts();
    served.holdAt = Infinity;
    const later = await place.download(path);

    assertEquals(left, []);
    assertEquals(parts.includes("media.mp4.part"), true, parts.join());
    assertEquals(await place.read(later.files_downloaded[0]), clip);
  },
);

Deno.test(
  "downloadYoutubeWithContext() takes ffmpeg along when it is cancelled at work",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set(path, { bytes: await longClip(), type: "video/mp4", etag: '"a"' });
    const stop = new AbortController();

    const download = place.download(path, { outputFormat: "webm", signal: stop.signal });
    await waitFor(
      () => processesIn(place.folder).some(({ command }) => command.startsWith("ffmpeg")),
      { what: "ffmpeg", timeoutMs: 40_000 },
    );
    stop.abort();
    await assertRejects(() => download, DOMException);

    assertEquals(processesIn(place.folder), []);
    assertEquals(place.published(), []);
  },
);

Deno.test(
  "downloadYoutubeWithContext() leaves no ffmpeg behind when yt-dlp is killed at work",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    place.site.files.set(path, { bytes: await longClip(), type: "video/mp4", etag: '"a"' });

    const download = place.download(path, { outputFormat: "webm" });
    const [ytdlp] = await waitFor(() => {
      const running = processesIn(place.folder);
      const isAtWork = running.some(({ command }) => command.startsWith("ffmpeg"));
      return isAtWork ? running.filter(({ command }) => !command.startsWith("ffmpeg")) : undefined;
    }, { what: "ffmpeg", timeoutMs: 40_000 });
    Deno.kill(ytdlp?.pid ?? 0, "SIGKILL");
    const result = await download;

    assertEquals([result.error?.code, result.error?.retryable], ["YTDLP_KILLED", true]);
    assertEquals(processesIn(place.folder), []);
    assertEquals(place.published(), []);
  },
);

Deno.test("watchProcessGroup() ends processes that do not listen, with all that they started", async () => {
  await using temporary = await temporaryFolder("group");
  const script = `trap "" INT; (trap "" INT TERM; sleep 60 & wait; sleep 60) & wait; wait`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd: temporary.path,
    stdin: "null",
    detached: true,
  }).spawn();
  using group = watchProcessGroup(child, 200);
  await waitFor(() => processesIn(temporary.path).length >= 3, { what: "three processes" });

  await group.stop();
  await child.status;

  assertEquals(processesIn(temporary.path), []);
});

for (const way of ["SIGKILL", "exit"] as const) {
  Deno.test(
    `yt-dlp ends with the process that runs it, by ${way}, and nothing is published`,
    needsYtdlp,
    async () => {
      await using place = await youtubeSandbox();
      const clip = await tenSecondClip();
      const served = { bytes: clip, type: "video/mp4", etag: '"a"', holdAt: 9000, drips: true };
      place.site.files.set(path, served);

      const child = startCaller(place.site.url + path, place.folder);
      try {
        await waitFor(() => place.partBytes(), {
          what: "a part",
          timeoutMs: 30_000,
        });
        if (way === "SIGKILL") child.kill("SIGKILL");
        else await say(child, "exit\n");
        await child.status;
        await waitFor(() => processesIn(place.folder).length === 0, { what: "the end of yt-dlp" });
      } finally {
        await child.stdin.close().catch(() => {});
        await child.stdout.cancel();
      }
      const published = place.published();
      served.holdAt = Infinity;
      const result = await place.download(path);

      assertEquals(published, []);
      assertEquals(await place.read(result.files_downloaded[0]), clip);
      assertEquals(place.site.requests.at(-1)?.range?.startsWith("bytes="), true);
    },
  );
}

Deno.test(
  "downloadYoutubeWithContext() is for one process at a time, for each item of a row",
  needsYtdlp,
  async () => {
    await using place = await youtubeSandbox();
    const served = { bytes: await smallClip(), type: "video/mp4", etag: '"a"', holdAt: 9000 };
    place.site.files.set(path, served);

    const first = place.download(path);
    await waitFor(() => place.partBytes(), {
      what: "a part",
    });
    const second = await place.download(path);
    served.holdAt = Infinity;
    const result = await first;

    assertEquals([second.error?.code, second.error?.retryable], ["LOCK_TIMEOUT", true]);
    assertEquals(result.error_message, null);
    assertEquals(place.published().length, 2);
  },
);

/** Its permissions are those that track-downloads has, and no more. */
function startCaller(url: string, folder: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "-q",
        "--no-prompt",
        "--allow-run=yt-dlp,kill",
        "--allow-net",
        "--allow-sys=statfs",
      ],
      "--allow-env",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      join(import.meta.dirname ?? ".", "youtube_caller.ts"),
      ...[url, folder],
    ],
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}

async function say(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}
