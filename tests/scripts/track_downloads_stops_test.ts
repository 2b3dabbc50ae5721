import { assert, assertEquals, assertMatch } from "@std/assert";
import { findRowByFile, trackingColumns } from "../../lib/downloads/mod.ts";
import { runSandbox } from "../downloads/run_sandbox.ts";
import { needsYtdlp } from "../downloads/youtube_sandbox.ts";
import { longClip, smallClip } from "../support/media_site_clips.ts";
import { processesIn } from "../support/processes_in_folder.ts";
import { withoutColumns } from "../support/raw_csv.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { waitFor } from "../support/wait_for.ts";
import { polite, startTrack, timesAsked, track } from "./track_downloads_sandbox.ts";

Deno.test("several track-downloads runs share the work, and nothing is downloaded twice", async () => {
  await using place = await runSandbox();
  const count = 24;
  await place.rows(
    Array.from({ length: count }, (_, n) => ({ drive: place.putFile(`${n}.txt`) })),
  );
  await track(place, ["enhance-schema"]);

  const runs = await Promise.all(
    [1, 2, 3].map(() => track(place, ["run", "--json", "--per-host", "4", ...polite])),
  );

  const reports = runs.map((run) => Object(run.json()));
  assertEquals(runs.map(({ code }) => code), [0, 0, 0], runs.map(({ stderr }) => stderr).join());
  assertEquals(reports.reduce((sum, { completed }) => sum + completed, 0), count);
  assertEquals(timesAsked(place), Array(count).fill(1));
  assert((await place.read()).every((row) => row["drive_status"] === "completed"));
  assertEquals(place.published().length, count);
});

Deno.test("track-downloads goes on after kill -9: nothing is lost, nothing is done twice", async () => {
  await using place = await runSandbox();
  const held = { bytes: new Uint8Array(50_000), etag: '"held"', holdAt: 20_000 };
  await place.rows([
    { drive: place.putFile("a.txt") },
    { drive: place.put({ kind: "file", name: "held.bin", file: held }) },
    { drive: place.putFile("c.txt") },
  ]);
  {
    await using first = startTrack(place, ["run", ...polite]);
    await first.waitForLine(/^row 3 drive: 1 file$/);
    await waitFor(() => place.drive.requests.length >= 3, { what: "the held download" });
    first.kill("SIGKILL");
    assertEquals((await first.result).killedBy, "SIGKILL");
  }
  const status = await track(place, ["status", "--json"]);
  held.holdAt = Infinity;
  const second = await track(place, ["run", "--json", ...polite]);

  const { pending, downloading, completed } = Object(status.json()).drive;
  assertEquals([pending, downloading, completed], [1, 0, 2]);
  assertEquals([second.code, Object(second.json()).completed], [0, 1], second.stderr);
  assertEquals(place.published(), ["a_row1_INFJ.txt", "c_row3_INFJ.txt", "held_row2_INFJ.bin"]);
  assertEquals((await place.read()).map((row) => row["drive_status"]), Array(3).fill("completed"));
  const asked = place.drive.requests.at(-1);
  assertMatch(asked?.headers.get("range") ?? "", /^bytes=\d+-$/);
});

Deno.test("track-downloads finishes what is in hand at the first signal, and records it", async () => {
  await using place = await runSandbox();
  const held = { bytes: new Uint8Array(50_000), etag: '"held"', holdAt: 20_000 };
  await place.rows([
    { drive: place.put({ kind: "file", name: "held.bin", file: held }) },
    { drive: place.putFile("b.txt") },
  ]);
  await using run = startTrack(place, ["run", "--concurrency", "1", "--json", ...polite]);
  await waitFor(() => place.drive.requests.length > 0, { what: "the download" });

  run.kill("SIGINT");
  await run.waitForLine(/^Stopping after the work in hand/);
  held.holdAt = Infinity;
  const { code, stderr, json } = await run.result;

  assertEquals(code, 130, stderr);
  const { completed, not_begun, stopped_by } = Object(json());
  assertEquals([completed, not_begun, stopped_by], [1, 1, "a signal"]);
  assertEquals((await place.read()).map((row) => row["drive_status"]), ["completed", "pending"]);
});

Deno.test(
  "track-downloads leaves at the second signal with yt-dlp and ffmpeg, and goes on later",
  needsYtdlp,
  async () => {
    await using place = await runSandbox();
    const served = { bytes: await longClip(), type: "video/mp4", etag: '"a"' };
    place.site.files.set("/clip.mp4", served);
    await place.rows([{ youtube: `${place.site.url}/clip.mp4` }]);
    const args = ["run", "--json", "--output-format", "webm", ...polite];
    await using run = startTrack(place, args);
    await waitFor(
      () => processesIn(place.downloads).some(({ command }) => command.startsWith("ffmpeg")),
      { what: "ffmpeg", timeoutMs: 40_000 },
    );

    run.kill("SIGTERM");
    await run.waitForLine(/^Stopping after the work in hand/);
    // Those that come too soon after the first are the same signal.
    let hasEnded = false;
    run.result.finally(() => hasEnded = true);
    await waitFor(() => {
      run.kill("SIGTERM");
      return hasEnded;
    }, { what: "the end of the script" });
    const { code, stderr, stdout } = await run.result;
    await waitFor(() => processesIn(place.downloads).length === 0, { what: "the end of ffmpeg" });

    assertEquals([code, stdout, place.published()], [143, "", []]);
    assertMatch(
      stderr,
      /\nStopped at once: 1 download stays unfinished, .* until: track-downloads run\n$/,
    );
    place.site.files.set("/clip.mp4", { ...served, bytes: await smallClip(), etag: '"b"' });
    const again = await track(place, args);
    assertEquals([again.code, Object(again.json()).completed], [0, 1], again.stderr);
    assertMatch(place.published().join(), /^[^,]+\.webm$/);
  },
);

/** Gives the rows that a run has said to be done. */
function acknowledged(said: string): string[] {
  return said.split("\n").flatMap((line) => /^row (\d+) drive: 1 file$/.exec(line)?.[1] ?? []);
}

Deno.test("track-downloads keeps what it said to be done through kills at any moment", async () => {
  await using place = await runSandbox();
  const count = 30;
  await place.rows(
    Array.from({ length: count }, (_, n) => ({ drive: place.putFile(`${n}.txt`) })),
  );
  const before = await Deno.readTextFile(place.csv);
  const random = seededRandom(20261121);
  const done = new Set<string>();

  for (let round = 0; round < 4; round++) {
    const target = place.drive.requests.length + 2 + Math.floor(random.next() * 6);
    await using first = startTrack(place, ["run", "--per-host", "3", ...polite]);
    await using second = startTrack(place, ["run", "--per-host", "3", ...polite]);
    await waitFor(() => place.drive.requests.length >= target, { what: "downloads" });
    for (const run of [first, second]) run.kill("SIGKILL");
    for (const run of [first, second]) {
      for (const row of acknowledged((await run.result).stderr)) done.add(row);
    }
    const shown = await track(place, ["pending", "--json"]);
    assertEquals(shown.code, 0, shown.stdout);
    const pending = Object(shown.json()).map((row: { row_id: string }) => row.row_id);
    assertEquals(pending.filter((row: string) => done.has(row)), []);
  }
  const last = await track(place, ["run", "--json", ...polite]);

  assertEquals([last.code, done.size > 0], [0, true], last.stderr);
  const rows = await place.read();
  assertEquals(rows.map((row) => row["drive_files"]), place.published().toSorted(byRow));
  assertEquals(rows.length, count);
  const after = await Deno.readTextFile(place.csv);
  assertEquals(withoutColumns(after, trackingColumns), before);
  for (const name of place.published()) {
    const row = await findRowByFile(name, place.downloads);
    assertEquals(rows[row?.row_index ?? -1]?.["drive_files"], name);
  }
});

function byRow(one: string, other: string): number {
  return rowOf(one) - rowOf(other);
}

function rowOf(name: string): number {
  return Number(/_row(\d+)_/.exec(name)?.[1]);
}
