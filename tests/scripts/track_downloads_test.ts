import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runSandbox } from "../downloads/run_sandbox.ts";
import { needsYtdlp } from "../downloads/youtube_sandbox.ts";
import { packageFolder, scriptPath, shebangArgs } from "../support/run_script.ts";
import { environment, polite, timesAsked, track } from "./track_downloads_sandbox.ts";

Deno.test("track-downloads run downloads, records and reports, and its other commands tell of it", async () => {
  await using place = await runSandbox();
  await place.rows([
    { drive: place.putFile("a.pdf") },
    { drive: place.put({ kind: "trouble", trouble: "private" }) },
    {},
  ]);

  const dry = await track(place, ["run", "--dry-run", "--json"]);
  const untouched = await Deno.readTextFile(place.csv);
  const asked = place.drive.requests.length;
  const run = await track(place, ["run", "--json", ...polite]);
  const status = await track(place, ["status"]);
  const failed = await track(place, ["failed", "--type", "drive", "--json"]);
  const pending = await track(place, ["pending"]);
  const spent = await track(place, ["pending", "--retry-attempts", "1"]);
  const found = await track(place, ["find", "a_row1_INFJ.pdf", "--json"]);
  const files = await track(place, ["find", "--row", "1"]);
  const lost = await track(place, ["find", "b.pdf"]);

  assertEquals([dry.code, Object(dry.json()).pending, asked], [0, 2, 0]);
  assertNotMatch(untouched, /youtube_status/);
  assertEquals(run.code, 1, run.stderr);
  const { completed, failures, metrics } = Object(run.json());
  assertEquals([completed, failures.length, metrics.success_rate], [1, 1, 50]);
  assertMatch(run.stderr, /^row 1 drive: 1 file$/m);
  assertMatch(run.stderr, /^row 2 drive: failed \(attempt 1\): Cannot download /m);
  assertMatch(status.stdout, /^3 rows\n[^]*\ndrive +2 +0 +0 +1 +1 +0\n$/);
  assertEquals(Object(failed.json())[0].errors[0].category, "PERMISSION");
  assertMatch(pending.stdout, /\n2 +drive +failed +1 +Ann 2 +https:/);
  assertEquals(spent.stdout, "No pending downloads\n");
  const { row_context, row, files: listed } = Object(found.json());
  assertEquals([row_context.row_id, row.drive.status], ["1", "completed"]);
  assertEquals(listed, [{ file: "a_row1_INFJ.pdf", download_type: "drive", exists: true }]);
  assertMatch(
    files.stdout,
    /^row 1 \(1 of the CSV\): INFJ, Ann 1, a1@x.org\n[^]*\n {2}a_row1_INFJ.pdf\n$/,
  );
  assertEquals([lost.code, lost.stdout], [1, "No row is known for b.pdf\n"]);
});

Deno.test("track-downloads reset makes a row pending again, and says which it does not know", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);
  await track(place, ["run", ...polite]);

  const dry = await track(place, ["reset", "1", "--dry-run"]);
  const [kept] = await place.read();
  const reset = await track(place, ["reset", "1", "7", "--type", "drive", "--json"]);
  const [row] = await place.read();
  const again = await track(place, ["run", "--json", ...polite]);

  assertEquals([dry.code, dry.stdout, kept?.["drive_status"]], [0, "Would reset 1\n", "completed"]);
  assertEquals([reset.code, Object(reset.json()).reset, Object(reset.json()).not_found], [
    1,
    ["1"],
    [
      "7",
    ],
  ]);
  assertEquals([row?.["drive_status"], row?.["drive_files"]], ["pending", ""]);
  assertEquals([again.code, Object(again.json()).completed], [0, 1]);
  assertEquals(timesAsked(place), [1], "the file was there");
});

Deno.test("track-downloads run --force brings again what a reset row has got, as reset says", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);
  await track(place, ["run", ...polite]);

  const reset = await track(place, ["reset", "1"]);
  const kept = await track(place, ["run", ...polite]);
  await track(place, ["reset", "1"]);
  const forced = await track(place, ["run", "--force", ...polite]);

  assertEquals([reset.code, kept.code, forced.code], [0, 0, 0]);
  assertMatch(reset.stdout, /^Reset 1\n.*run --force replaces them\n$/);
  assertMatch(kept.stderr, /row 1 drive: 1 file, there already/);
  assertMatch(forced.stderr, /row 1 drive: 1 file\n/);
  assertEquals(timesAsked(place), [2]);
});

Deno.test("track-downloads run refuses options that would fail late or do nothing", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);

  const format = await track(place, ["run", "--export-format", "dcox"]);
  const language = await track(place, ["run", "--language", "de"]);

  assertMatch(format.stderr, /Cannot export Google's documents as "dcox"/);
  assertMatch(language.stderr, /Cannot ask for languages without/);
  assertEquals([format.code === 0, language.code === 0, timesAsked(place)], [false, false, []]);
});

Deno.test("track-downloads finds its columns under other names, by flags and by settings", async () => {
  await using place = await runSandbox();
  await Deno.writeTextFile(
    join(place.folder, "people.csv"),
    `id,kind,who,mail,tube,gd\n1,INFJ,Ann,a@x.org,,${place.putFile("a.pdf")}\n`,
  );
  const flags = "--row-id-column id --type-column kind --name-column who --email-column mail " +
    "--youtube-column tube --drive-column gd --csv people.csv";
  const settings = {
    DEVELOPMENT_DOWNLOADS_CSV_PATH: "people.csv",
    DEVELOPMENT_DOWNLOADS_ROW_ID_COLUMN: "id",
    DEVELOPMENT_DOWNLOADS_TYPE_COLUMN: "kind",
    DEVELOPMENT_DOWNLOADS_NAME_COLUMN: "who",
    DEVELOPMENT_DOWNLOADS_EMAIL_COLUMN: "mail",
    DEVELOPMENT_DOWNLOADS_YOUTUBE_PLAYLIST_COLUMN: "tube",
    DEVELOPMENT_DOWNLOADS_GOOGLE_DRIVE_COLUMN: "gd",
    DEVELOPMENT_DOWNLOADS_DOWNLOADS_DIR: "elsewhere",
  };

  const enhanced = await track(place, ["enhance-schema", ...flags.split(" ")]);
  const nothing = await track(place, ["enhance-schema", ...flags.split(" "), "--dry-run"]);
  const run = await track(place, ["run", ...polite], { env: settings });
  const unknown = await track(place, ["status", "--csv", "people.csv"]);

  assertMatch(enhanced.stdout, /^Added to people.csv: youtube_status, /);
  assertEquals(nothing.stdout, "people.csv has all tracking columns\n");
  assertEquals(run.code, 0, run.stderr);
  assertEquals((await Deno.stat(join(place.folder, "elsewhere", "a_row1_INFJ.pdf"))).isFile, true);
  assertEquals(unknown.code, 1);
  assertMatch(unknown.stderr, /^Error: .* line 1, column 1 .*"row_id"/);
});

Deno.test("track-downloads monitor shows status, report, metrics and alerts, and writes a page", async () => {
  await using place = await runSandbox();
  await place.rows([
    { drive: place.putFile("a.pdf") },
    { drive: place.put({ kind: "trouble", trouble: "private" }) },
  ]);
  await track(place, ["run", ...polite]);
  const csv = await Deno.readTextFile(place.csv);

  const status = await track(place, ["monitor", "status"]);
  const report = await track(place, [
    "monitor",
    "report",
    "--detailed",
    "--json",
    "--html",
    "r.html",
  ]);
  const metrics = await track(place, ["monitor", "metrics", "--json"]);
  const alerts = await track(place, ["monitor", "alerts"]);
  const calm = await track(place, ["monitor", "alerts", "--json"], {
    env: { DEVELOPMENT_DOWNLOADS_ALERT_FAILURE_RATE_PERCENT: "50" },
  });
  const wrong = await track(place, ["monitor", "alarms"]);
  const badThreshold = await track(place, ["monitor", "alerts"], {
    env: { DEVELOPMENT_DOWNLOADS_ALERT_MAX_PENDING: "many" },
  });

  assertMatch(status.stdout, /^warning: 0 pending, 0 at work in 0 runs\n/);
  const { trends, failed_downloads, recommendations } = Object(report.json());
  assertEquals([trends.completed, trends.failed, failed_downloads.length], [1, 1, 1]);
  assertEquals(recommendations.length, 2);
  assertStringIncludes(await Deno.readTextFile(join(place.folder, "r.html")), "<svg");
  assertEquals(Object(metrics.json()).failed_downloads, 1);
  assertEquals([alerts.code, alerts.stdout], [
    1,
    "WARNING  50 % of the finished downloads failed, more than 20 %\n",
  ]);
  assertEquals([calm.code, calm.json()], [0, { alerts: [] }]);
  assertEquals([wrong.code, badThreshold.code], [1, 2]);
  assertMatch(wrong.stderr, /monitor needs one of status, report, metrics and alerts/);
  assertMatch(badThreshold.stderr, /ALERT_MAX_PENDING .*"many"/);
  assertEquals(await Deno.readTextFile(place.csv), csv);
});

Deno.test("track-downloads checks CSV, machine and error handling, with exit codes", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);
  await Deno.writeTextFile(
    join(place.folder, "bad.csv"),
    "row_id,type,name,email,google_drive\n1,A,B,C,\n1,A,B,C,\n",
  );

  const well = await track(place, ["validate-csv"]);
  const bad = await track(place, ["validate-csv", "bad.csv", "--json"]);
  const run = await track(place, ["run", "--csv", "bad.csv"]);
  const drill = await track(place, ["test-error-handling", "--json"]);
  const missing = await track(place, ["validate-environment"], { env: { PATH: "/nonexistent" } });

  assertEquals([well.code, well.stdout], [0, "output.csv is well\n"]);
  const { valid, problems } = Object(bad.json());
  assertEquals([bad.code, valid, problems[0].category], [1, false, "DATA_CORRUPTION"]);
  assertStringIncludes(problems[0].message, "line 3, column 1");
  assertEquals(run.code, 1);
  assertStringIncludes(run.stderr, "line 3, column 1");
  assertEquals([drill.code, Object(drill.json()).passed], [0, true], drill.stdout);
  assertEquals(missing.code, 1);
  assertMatch(missing.stdout, /yt-dlp/);
});

Deno.test("track-downloads says what is wrong with its state, its CSV and its words", async () => {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);
  await track(place, ["monitor", "status"]);
  const state = join(place.home, ".local", "state", "opsdeck", "downloads");
  const [entry] = [...Deno.readDirSync(state)];
  await Deno.writeTextFile(join(state, entry?.name ?? "", "history.db"), "y".repeat(9000));

  const corrupt = await track(place, ["run", "--json"]);
  const absent = await track(place, ["run", "--csv", "none.csv"]);
  const words = await track(place, ["find"]);
  const both = await track(place, ["validate-csv", "a.csv", "--csv", "b.csv"]);
  const html = await track(place, ["monitor", "status", "--html", "x.html"]);
  const height = await track(place, ["run", "--resolution", "tall"]);

  assertEquals(
    [corrupt, absent, words, both, html, height].map(({ code }) => code),
    [3, 1, 1, 1, 1, 1],
  );
  assertEquals(Object(corrupt.json()).error_type, "CacheDatabaseError");
  assertMatch(absent.stderr, /^Error: Cannot read '.*none.csv'/m);
  assertMatch(words.stderr, /give one file, or --row ROW_ID; see --help/);
  assertMatch(height.stderr, /"tall"/);
  const [row] = await place.read();
  assertEquals(row?.["drive_status"], undefined);
});

Deno.test("what runs under track-downloads' permissions may run yt-dlp and kill, and no more", async () => {
  await using place = await runSandbox();
  const probe = join(place.folder, "probe.ts");
  await Deno.writeTextFile(
    probe,
    `const tries = {
      ytdlp: () => new Deno.Command("yt-dlp", { args: ["--version"], stdout: "null" }).outputSync(),
      kill: () => new Deno.Command("kill", { args: ["-l"], stdout: "null" }).outputSync(),
      ffmpeg: () => new Deno.Command("ffmpeg").outputSync(),
      shell: () => new Deno.Command("/bin/sh", { args: ["-c", "true"] }).outputSync(),
      killing: () => Deno.kill(1, "SIGCONT"),
      read: () => Deno.readTextFileSync("/etc/passwd"),
      write: () => Deno.writeTextFileSync("/tmp/opsdeck-refused", ""),
      sys: () => Deno.networkInterfaces(),
      ffi: () => Deno.dlopen("libc.so.6", {}),
    };
    const outcome = { secret: Deno.env.get("UNRELATED_SECRET") ?? null };
    for (const [name, work] of Object.entries(tries)) {
      try { work(); outcome[name] = "allowed"; } catch (error) { outcome[name] = error.name; }
    }
    console.log(JSON.stringify(outcome));`,
  );
  const env = { ...environment(place), PWD: place.folder };
  const [run = "run", ...flags] = shebangArgs(scriptPath("track-downloads"), env);

  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [run, "--config", join(scriptPath("queue"), "../../deno.json"), ...flags, probe],
    cwd: place.folder,
    env: { ...env, DENO_DIR: packageFolder(), UNRELATED_SECRET: "x" },
  }).output();

  assertEquals(new TextDecoder().decode(stderr), "");
  const { ytdlp, ...outcome } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(ytdlp, needsYtdlp.ignore ? "NotFound" : "allowed");
  assertEquals(outcome, {
    secret: null,
    kill: "allowed",
    ffmpeg: "NotCapable",
    shell: "NotCapable",
    killing: "NotCapable",
    read: "NotCapable",
    write: "NotCapable",
    sys: "NotCapable",
    ffi: "NotCapable",
  });
});
