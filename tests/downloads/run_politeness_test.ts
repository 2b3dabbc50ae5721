import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PendingRow, RowContext } from "../../lib/downloads/mod.ts";
import { NetworkError, OpsdeckError, RateLimitError } from "../../lib/core/mod.ts";
import { FailureCare } from "../../lib/downloads/run/failure_care.ts";
import { checkRunSettings } from "../../lib/downloads/run/run_options.ts";
import { RunTally } from "../../lib/downloads/run/run_tally.ts";
import { jobsOf } from "../../lib/downloads/run/download_job.ts";
import { DownloadSchedule } from "../../lib/downloads/run/download_schedule.ts";
import { hostOf } from "../../lib/downloads/run/host_of.ts";
import { runSandbox } from "./run_sandbox.ts";

Deno.test("runDownloads() keeps to its downloads at once, in all and from a host", async () => {
  await using place = await runSandbox();
  await place.rows(Array.from({ length: 12 }, (_, n) => ({ drive: place.putFile(`${n}.txt`) })));
  for (
    const { concurrency, perHost, expected } of [
      { concurrency: 4, perHost: 2, expected: 2 },
      { concurrency: 3, perHost: 8, expected: 3 },
    ]
  ) {
    let [inHand, most] = [0, 0];

    const report = await place.run({ concurrency, perHost, limit: 6 }, {
      onStart: () => void (most = Math.max(most, ++inHand)),
      onDownload: () => void inHand--,
    });

    assertEquals([report.completed, most], [6, expected]);
  }
});

Deno.test("runDownloads() leaves a host for later that wants a longer pause than it waits", async () => {
  await using place = await runSandbox();
  const limited = place.put({ kind: "trouble", trouble: "rate limit" }); // Retry-After: 7
  await place.rows([
    { drive: limited },
    ...[1, 2, 3].map((n) => ({
      drive: place.putFile(`${n}.txt`),
    })),
  ]);

  const report = await place.run({ concurrency: 1, maxWaitMs: 1000 });

  assertEquals([report.attempts, report.failed, report.put_off], [1, 1, 3]);
  assertEquals(report.hosts, [{
    host: "drive.google.com",
    completed: 0,
    failed_attempts: 1,
    slowed: 1,
    longest_pause_seconds: 7,
    put_off: 3,
  }]);
  assertEquals(
    (await place.read()).map((row) => row["drive_status"]),
    ["failed", "pending", "pending", "pending"],
  );
  const asks = report.recommendations.map(({ command }) => command);
  assert(asks.some((command) => command.includes("--per-host 1 --delay 10s")), asks.join());
});

Deno.test("runDownloads() gives a host that asks for less a pause, and then goes on", async () => {
  await using place = await runSandbox();
  const quota = place.put({ kind: "trouble", trouble: "quota" });
  await place.rows([{ drive: quota }, { drive: place.putFile("a.txt") }]);

  const report = await place.run({ concurrency: 1 });

  assertEquals([report.completed, report.failed, report.put_off], [1, 1, 0]);
  assertEquals(report.hosts[0]?.slowed, 1);
  assertEquals(report.failures[0]?.error_category, "QUOTA");
});

function jobs(rows: readonly (readonly string[])[]) {
  return jobsOf(rows.map((hosts, index) =>
    new PendingRow(
      new RowContext({ row_id: String(index), row_index: index, type: "", name: "", email: "" }),
      hosts.map((host) => ({
        download_type: host === "drive" ? "drive" : "youtube",
        url: `https://${host}/${index}`,
        status: "pending",
        failed_attempts: 0,
      })),
    )
  ));
}

Deno.test("a host is asked one at a time after it asked for less, until one goes well", () => {
  const schedule = new DownloadSchedule(jobs(Array(5).fill(["a.org"])), { perHost: 2, delayMs: 0 });
  const first = schedule.take(0);
  assert(first);

  schedule.slowDown(first.host, 100);
  schedule.finish(first, "wrong");
  assertEquals([schedule.take(99), schedule.opensAt()], [undefined, 100]);
  const second = schedule.take(100);
  assertEquals([second?.row.row_id, schedule.take(100)], ["1", undefined]);
  assert(second);
  schedule.finish(second, "well");

  assertEquals([schedule.take(101)?.row.row_id, schedule.take(101)?.row.row_id], ["2", "3"]);
});

function care(schedule: DownloadSchedule, tally: RunTally, stop: () => void) {
  const settings = checkRunSettings({ maxWaitMs: 60_000 });
  return new FailureCare({ schedule, tally, settings, watch: {} }, stop);
}

Deno.test("a critical failure, such as a full disk, ends the run", () => {
  const schedule = new DownloadSchedule(jobs([["a.org"], ["a.org"]]), { perHost: 1, delayMs: 0 });
  const tally = new RunTally();
  let stops = 0;
  const job = schedule.take(0);
  assert(job);

  const waitMs = care(schedule, tally, () => void stops++).after(
    job,
    new OpsdeckError("Cannot write as the disk is full", { severity: "CRITICAL" }),
    1,
  );

  assertEquals([waitMs, stops, tally.stoppedBy], [
    undefined,
    1,
    "Cannot write as the disk is full",
  ]);
});

Deno.test("nothing is tried again at a host that wants a longer pause than a run waits", () => {
  const schedule = new DownloadSchedule(jobs(Array(4).fill(["a.org"])), { perHost: 2, delayMs: 0 });
  const tally = new RunTally();
  const [first, second] = [schedule.take(0), schedule.take(0)];
  assert(first && second);
  const failures = care(schedule, tally, () => {});

  const limited = failures.after(first, new RateLimitError("x", { retryAfterMs: 3_600_000 }), 1);
  schedule.finish(first, "wrong");
  const broken = failures.after(second, new NetworkError("x"), 1);
  schedule.finish(second, "wrong");

  assertEquals([limited, broken, schedule.hasMore(), tally.hosts()[0]?.put_off], [
    undefined,
    undefined,
    false,
    2,
  ]);
});

Deno.test("a network error that no waiting mends is not tried again", () => {
  const schedule = new DownloadSchedule(jobs([["a.org"]]), { perHost: 1, delayMs: 0 });
  const job = schedule.take(0);
  assert(job);
  const failures = care(schedule, new RunTally(), () => {});

  assertEquals(failures.after(job, new NetworkError("x", { retryable: false }), 1), undefined);
  assertEquals(failures.after(job, new NetworkError("x"), 1), 5000);
  assertEquals(failures.after(job, new NetworkError("x"), 3), undefined);
  assertEquals(failures.after(job, new NetworkError("x", { retryAfterMs: 8000 }), 1), 8000);
});

Deno.test("hosts take turns, and a row that is in hand waits without holding others up", () => {
  const schedule = new DownloadSchedule(
    jobs([["a.org", "drive"], ["a.org"], ["b.org"], ["drive"]]),
    { perHost: 1, delayMs: 10 },
  );

  const taken = [schedule.take(0), schedule.take(0), schedule.take(0), schedule.take(0)];

  assertEquals(taken.map((job) => job && `${job.host} ${job.row.row_id}`), [
    "a.org 0",
    "drive.google.com 3",
    "b.org 2",
    undefined,
  ]);
  assertEquals(schedule.opensAt(), Infinity);
  for (const job of taken) if (job) schedule.finish(job, "well");
  assertEquals(schedule.opensAt(), 10);
  assertEquals(schedule.take(10)?.host, "a.org");
});

Deno.test("a schedule gives every download once, within all limits, whatever the order", () => {
  fc.assert(fc.property(
    fc.array(
      fc.uniqueArray(fc.constantFrom("a.org", "b.org", "drive"), { minLength: 1, maxLength: 2 }),
      { maxLength: 30 },
    ),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 0, max: 5 }),
    fc.infiniteStream(fc.nat(5)),
    (rows, perHost, delayMs, choices) => {
      const all = jobs(rows);
      const schedule = new DownloadSchedule(all, { perHost, delayMs });
      const inHand: typeof all = [];
      const given = new Set<string>();
      const startedAt = new Map<string, number>();
      let now = 0;
      for (let step = 0; step < 2000 && (schedule.hasMore() || inHand.length > 0); step++) {
        const job = schedule.take(now);
        if (job !== undefined) {
          const key = `${job.host} ${job.row.row_id}`;
          assert(!given.has(key));
          given.add(key);
          assert(now - (startedAt.get(job.host) ?? -Infinity) >= delayMs);
          startedAt.set(job.host, now);
          assert(inHand.every(({ row }) => row.row_id !== job.row.row_id));
          inHand.push(job);
          assert(inHand.filter(({ host }) => host === job.host).length <= perHost);
          continue;
        }
        const opensAt = schedule.opensAt();
        if (inHand.length > 0 && (opensAt === Infinity || choices.next().value > 2)) {
          const [ended] = inHand.splice(choices.next().value % inHand.length, 1);
          if (ended) schedule.finish(ended, "well");
        } else {
          assert(opensAt > now && opensAt !== Infinity, "time alone must bring the next");
          now = opensAt;
        }
      }
      assertEquals(given.size, all.length);
    },
  ));
});

Deno.test("hostOf() knows YouTube and Drive by all their names", () => {
  const names = [
    "https://www.youtube.com/watch?v=1",
    "https://youtu.be/1",
    " https://m.youtube.com/playlist?list=2 ",
    "https://www.youtube-nocookie.com/embed/1",
    "https://notyoutube.com/1",
    "https://www.vimeo.com/1",
    "http://127.0.0.1:80/x",
    "no address",
  ].map((url) => hostOf("youtube", url));

  assertEquals(names, [
    ...Array(4).fill("youtube.com"),
    "notyoutube.com",
    "vimeo.com",
    "127.0.0.1",
    "unknown",
  ]);
  assertEquals(hostOf("drive", "https://docs.google.com/document/d/1"), "drive.google.com");
});
