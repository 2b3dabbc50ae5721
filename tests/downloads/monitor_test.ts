import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname, join } from "@std/path";
import {
  type AlertThresholds,
  defaultAlertThresholds,
  DownloadHistory,
  DownloadMonitor,
  holdRun,
  monitorReportHtml,
  monitorReportText,
  statePaths,
  type SystemMetrics,
} from "../../lib/downloads/mod.ts";
import { CacheDatabaseError, ValidationError } from "../../lib/core/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const header = "row_id,type,name,email,youtube_playlist,google_drive,youtube_status,drive_status," +
  "download_errors";
const rows = [
  header,
  "1,INFJ,Ann,a@x.org,https://y.example/1,https://d.example/1,completed,completed,",
  "2,INFJ,Bob,b@x.org,https://y.example/2,,pending,,",
  "3,INFJ,Cy,c@x.org,https://y.example/3,,failed,,youtube 3 2026-11-01T00:00:00.000Z PERMISSION <b>no</b>",
  "4,INFJ,Di,d@x.org,,https://d.example/4,,completed,",
  "",
].join("\n");
const now = () => new Date("2026-11-21T12:34:56.000Z");

interface Place extends AsyncDisposable {
  folder: string;
  csv: string;
  downloads: string;
  state: string;
  monitor(thresholds?: Partial<AlertThresholds>): DownloadMonitor;
  history(): Promise<DownloadHistory>;
}

async function monitored(content = rows): Promise<Place> {
  const temporary = await temporaryFolder("monitor");
  const folder = await Deno.realPath(temporary.path);
  const [csv, downloads] = [join(folder, "output.csv"), join(folder, "downloads")];
  const state = join(folder, "state");
  await Deno.writeTextFile(csv, content);
  return {
    folder,
    csv,
    downloads,
    state,
    monitor: (thresholds = {}) =>
      new DownloadMonitor({
        csvPath: csv,
        downloadsDir: downloads,
        stateDir: state,
        thresholds: { ...defaultAlertThresholds, minFreeDiskGb: 0, ...thresholds },
        now,
      }),
    history: async () => await DownloadHistory.open(await statePaths(csv, state), { now }),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

const attempt = {
  row_id: "3",
  download_type: "youtube",
  status: "completed",
  files: ["a.mp4"],
  bytes: 3 * 1024 ** 2,
  duration_seconds: 4,
  error_category: null,
  error_code: null,
  error_message: null,
} as const;
const failure = {
  ...attempt,
  status: "failed",
  files: [],
  bytes: 0,
  error_category: "SYSTEM",
  error_code: "ENOSPC",
  error_message: "the disk is full",
} as const;

Deno.test("collectMetrics() and getDownloadStats() count what is there, field by field", async () => {
  await using place = await monitored();
  await Deno.mkdir(join(place.downloads, ".attempts", "x"), { recursive: true });
  await Deno.writeFile(join(place.downloads, "a.mp4"), new Uint8Array(1024 ** 2));
  await Deno.writeTextFile(join(place.downloads, "a.mp4.metadata.json"), "{}");
  await Deno.writeFile(join(place.downloads, ".attempts", "x", "b.part"), new Uint8Array(8e6));
  {
    using history = await place.history();
    history.addAttempt("r", attempt, null);
    history.addAttempt("r", { ...attempt, duration_seconds: 5 }, null);
    history.addAttempt("r", { ...failure, duration_seconds: 60 }, "CRITICAL");
  }

  const metrics = await place.monitor().collectMetrics();
  const stats = await place.monitor().getDownloadStats();

  assert(metrics.disk_free_gb !== null && metrics.disk_free_gb > 0);
  assertEquals({ ...metrics, disk_free_gb: 0 }, {
    timestamp: "2026-11-21T12:34:56.000Z",
    total_rows: 4,
    pending_downloads: 1,
    completed_downloads: 3,
    failed_downloads: 1,
    success_rate: 75,
    avg_download_time: 4.5,
    disk_usage_gb: 0.01,
    error_rate: 25,
    active_processes: 0,
    active_downloads: 0,
    disk_free_gb: 0,
    critical_errors: 1,
  });
  assertEquals(stats, {
    youtube_pending: 1,
    youtube_completed: 1,
    youtube_failed: 1,
    youtube_success_rate: 50,
    drive_pending: 0,
    drive_completed: 2,
    drive_failed: 0,
    drive_success_rate: 100,
    total_files_downloaded: 1,
    total_size_mb: 1,
  });
});

Deno.test("collectMetrics() counts the runs that live, and none that ended", async () => {
  await using place = await monitored();
  const paths = await statePaths(place.csv, place.state);
  const [first, second] = [await holdRun(paths), await holdRun(paths)];

  const both = (await place.monitor().collectMetrics()).active_processes;
  first.release();
  const one = (await place.monitor().collectMetrics()).active_processes;
  second.release();

  assertEquals([both, one, (await place.monitor().collectMetrics()).active_processes], [2, 1, 0]);
});

const fine: SystemMetrics = {
  timestamp: "",
  total_rows: 1000,
  pending_downloads: 100,
  completed_downloads: 80,
  failed_downloads: 20,
  success_rate: 80,
  avg_download_time: null,
  disk_usage_gb: 0,
  error_rate: 20,
  active_processes: 0,
  active_downloads: 0,
  disk_free_gb: 1,
  critical_errors: 0,
};

Deno.test("checkAlerts() raises each of the reference's alerts just past its threshold", () => {
  const monitor = new DownloadMonitor();
  const types = (metrics: Partial<SystemMetrics>, thresholds: Partial<AlertThresholds> = {}) =>
    new DownloadMonitor({ thresholds }).checkAlerts({ ...fine, ...metrics }).map(({ type }) =>
      type
    );

  assertEquals(monitor.checkAlerts(fine), []);
  assertEquals(types({ error_rate: 20.01 }), ["high_failure_rate"]);
  assertEquals(types({ disk_free_gb: 0.99 }), ["low_disk_space"]);
  assertEquals(types({ disk_free_gb: null }), []);
  assertEquals(types({ pending_downloads: 101 }), ["stuck_downloads"]);
  assertEquals(types({ critical_errors: 1 }), ["critical_errors"]);
  assertEquals(types({ pending_downloads: 5 }, { maxPending: 4 }), ["stuck_downloads"]);
  assertEquals(types({ critical_errors: 2, error_rate: 99, pending_downloads: 9999 }), [
    "critical_errors",
    "high_failure_rate",
    "stuck_downloads",
  ]);
});

Deno.test("generateReport() tells the last 24 hours hour by hour, and forgets what is older", async () => {
  await using place = await monitored();
  const at = async (time: string, work: (history: DownloadHistory) => void) => {
    const paths = await statePaths(place.csv, place.state);
    using history = await DownloadHistory.open(paths, { now: () => new Date(time) });
    work(history);
  };
  await at("2026-10-01T00:00:00Z", (one) => one.addAttempt("r", attempt, null));
  await at("2026-11-20T12:59:59Z", (one) => one.addAttempt("r", failure, "CRITICAL"));
  await at("2026-11-20T13:00:00Z", (one) => {
    one.addAttempt("r", attempt, null);
    one.addSample({ ...fine, pending_downloads: 9 });
    one.addAttempt("r", { ...failure, error_category: "NETWORK" }, "ERROR");
  });
  await at("2026-11-21T12:00:00Z", (one) => one.addAttempt("r", attempt, null));

  const report = await place.monitor().generateReport(true);

  const { trends } = report;
  assertEquals(trends.hours.length, 24);
  assertEquals([trends.hours[0]?.hour, trends.hours.at(-1)?.hour], [
    "2026-11-20T13:00:00.000Z",
    "2026-11-21T12:00:00.000Z",
  ]);
  assertEquals([trends.hours[0]?.completed, trends.hours[0]?.failed, trends.hours[0]?.size_mb], [
    1,
    1,
    3,
  ]);
  assertEquals([trends.hours[0]?.pending, trends.hours[1]?.pending, trends.hours.at(-1)?.pending], [
    9,
    null,
    1,
  ]);
  assertEquals([trends.completed, trends.failed, trends.error_rate, trends.pending_change], [
    2,
    1,
    33.33,
    -8,
  ]);
  // The critical error is 23 h 35 min old: within the last 24 hours, not in the 24 last hours.
  assertEquals(report.critical_errors?.map(({ message }) => message), ["the disk is full"]);
  assertEquals([report.status, report.failed_downloads?.length], ["critical", 1]);
  assertEquals((await place.monitor().generateReport()).failed_downloads, undefined);
  using history = await place.history();
  assertEquals(history.hours(24 * 60).reduce((sum, { completed }) => sum + completed, 0), 2);
});

Deno.test("the history stays within its bound", async () => {
  await using place = await monitored();
  const paths = await statePaths(place.csv, place.state);
  using history = await DownloadHistory.open(paths, { now, maxAttempts: 10 });

  for (let count = 0; count < 25; count++) {
    history.addAttempt("r", { ...attempt, bytes: count * 1024 ** 2 }, null);
  }
  history.prune();

  const [hour] = history.hours(1);
  assertEquals([hour?.completed, hour?.size_mb], [10, (15 + 24) * 5]);
});

Deno.test("a history that is no database is told with what to do, and is not touched", async () => {
  await using place = await monitored();
  const { history } = await statePaths(place.csv, place.state);
  await Deno.mkdir(dirname(history), { recursive: true });
  await Deno.writeTextFile(history, "x".repeat(5000));

  const error = await assertRejects(() => place.monitor().collectMetrics(), CacheDatabaseError);

  assertEquals([error.exitCode, error.code], [3, "CACHE_NOT_A_DATABASE"]);
  assertEquals(await Deno.readTextFile(history), "x".repeat(5000));
});

Deno.test("a symbolic link to a CSV shares its history, and another CSV of its name does not", async () => {
  await using place = await monitored();
  const [link, other] = [join(place.folder, "link.csv"), join(place.folder, "b", "output.csv")];
  await Deno.symlink(place.csv, link);
  await Deno.mkdir(dirname(other));
  await Deno.writeTextFile(other, rows);

  const paths = await Promise.all([place.csv, link, other].map((path) => statePaths(path, "/s")));

  assertEquals(paths[0]?.history, paths[1]?.history);
  assert(paths[0]?.history !== paths[2]?.history);
});

Deno.test("generateReport() says what a missing or broken CSV is", async () => {
  await using place = await monitored("row_id,type\n1\n");

  await assertRejects(() => place.monitor().generateReport(), ValidationError, "line");
});

Deno.test("monitorReportHtml() is one page with charts that loads nothing and runs nothing", async () => {
  await using place = await monitored();
  using history = await place.history();
  history.addAttempt("r", failure, "CRITICAL");

  const report = await place.monitor().generateReport(true);
  const page = await monitorReportHtml(report);

  assertEquals(page.match(/<svg/g)?.length, 3);
  assert(!/<script|<link|<img|@import|src=|url\((?!#)/i.test(page), "it loads something");
  assertStringIncludes(page, "&lt;b&gt;no&lt;/b&gt;");
  for (const { command } of report.recommendations) {
    assertStringIncludes(page, command.replaceAll("'", "&#39;"));
  }
  assertMatch(monitorReportText(report), /CRITICAL {2}1 critical error in the last 24 hours/);
});

Deno.test("every recommendation is a command that track-downloads has, with flags that it knows", async () => {
  await using place = await monitored();
  const { script } = await import("../../scripts/track-downloads.ts");
  using history = await place.history();
  for (const error_category of ["RATE_LIMIT", "DATA_CORRUPTION", "QUOTA"] as const) {
    history.addAttempt("r", { ...failure, error_category }, "CRITICAL");
  }

  const report = await place.monitor({ minFreeDiskGb: 1e9 }).generateReport();

  const commands = report.recommendations.map(({ command }) => command);
  assertEquals(commands.map((command) => command.split(" ").slice(0, 2).join(" ")), [
    "df -h",
    "track-downloads validate-environment",
    "track-downloads validate-csv",
    "track-downloads enhance-schema",
    "track-downloads run",
    "track-downloads failed",
    "track-downloads run",
    "track-downloads reset",
  ]);
  for (const command of commands.slice(1)) {
    const [, name = "", ...words] = command.split(" ");
    const options = Object.keys(script.commands?.[name]?.options ?? {});
    const flags = words.filter((word) => word.startsWith("--")).map((word) =>
      word.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    );
    assertEquals(flags.filter((flag) => !options.includes(flag)), [], command);
  }
});

Deno.test("recommended commands say what the settings do not, and count what is wanted", async () => {
  await using place = await monitored(rows.replace("google_drive", "paper's link"));
  const { script } = await import("../../scripts/track-downloads.ts");
  const report = await new DownloadMonitor({
    csvPath: place.csv,
    downloadsDir: place.downloads,
    stateDir: place.state,
    columns: { google_drive: "paper's link" },
    thresholds: { ...defaultAlertThresholds, minFreeDiskGb: 0 },
    retryAttempts: 5,
    wishes: { downloadType: "youtube", transcriptOnly: true, languages: ["de", "pt-BR"] },
    now,
  }).generateReport();

  const run = report.recommendations.find(({ command }) => command.includes("downloads run"));
  assertEquals(
    run?.command,
    `track-downloads run --csv ${place.csv} --drive-column 'paper'\\''s link' ` +
      `--downloads-dir ${place.downloads} --type youtube --retry-attempts 5 --transcript-only ` +
      "--language de --language pt-BR",
  );
  assertMatch(run?.reason ?? "", /1 pending, 1 failed/);
  const flags = Object.keys(script.commands?.["run"]?.options ?? {});
  for (const flag of ["driveColumn", "downloadsDir", "type", "retryAttempts", "language"]) {
    assert(flags.includes(flag), flag);
  }
});

Deno.test("recommended commands name no more than what differs from the settings", async () => {
  await using place = await monitored();
  const names = { CSV_PATH: place.csv, DOWNLOADS_DIR: place.downloads };
  for (const [name, value] of Object.entries(names)) {
    Deno.env.set(`DEVELOPMENT_DOWNLOADS_${name}`, value);
  }
  try {
    const { recommendations } = await place.monitor().generateReport();
    const commands = recommendations.map(({ command }) => command);
    assert(commands.includes("track-downloads run"), commands.join("\n"));
  } finally {
    for (const name of Object.keys(names)) Deno.env.delete(`DEVELOPMENT_DOWNLOADS_${name}`);
  }
});
