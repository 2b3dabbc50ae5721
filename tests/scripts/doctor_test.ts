import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { basename, join } from "@std/path";
import type { CheckResult } from "../../lib/diagnosis/mod.ts";
import { embeddedHome } from "../database/embedded_home.ts";
import { jiraLogin, startJiraServer } from "../fakes/jira_server.ts";
import { requestTables } from "../requests/request_tables.ts";
import { absentTarget } from "../support/closed_port.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { queueTemplate } from "../support/queue_database.ts";
import { runScript, type RunScriptOptions } from "../support/run_script.ts";
import { sftpEnvironment } from "../support/sftp_client_config.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A folder to run from, which is the home as well. */
async function sandbox() {
  const temporary = await temporaryFolder("doctor");
  const folder = await Deno.realPath(temporary.path);
  const run = (args: string[], env: Record<string, string> = {}, options: RunScriptOptions = {}) =>
    runScript("doctor", args, { cwd: folder, ...options, env: { HOME: folder, ...env } });
  return {
    folder,
    run,
    async check(args: string[], env: Record<string, string> = {}, options?: RunScriptOptions) {
      const { code, stderr, json } = await run([...args, "--json"], env, options);
      assertEquals(stderr, "");
      const checks: CheckResult[] = Object(json()).checks;
      return { code, checks };
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

const briefly = (checks: CheckResult[]) =>
  checks.map(({ check, subject, status }) => `${check} ${subject} ${status}`.replace("  ", " "));

/** An API that says a time which is `aheadMs` off, and notes how it was asked. */
function clockedApi(aheadMs: number) {
  const methods: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ method }) => {
    methods.push(method);
    const date = new Date(Date.now() + aheadMs).toUTCString();
    return new Response(null, { status: 405, headers: { date } });
  });
  const { port } = server.addr;
  return {
    methods,
    env: {
      DEVELOPMENT_GLOBAL_DOC_AI_API_URL: `http://127.0.0.1:${port}/process?key=hidden`,
      DEVELOPMENT_GLOBAL_API_SECRET: "secret-of-the-api",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("doctor looks at everything that is configured, tells nobody anything and writes nothing", async () => {
  await using place = await sandbox();
  await using queue = await testDatabase({ template: queueTemplate });
  await using source = await requestTables("postgresql");
  await using server = await embeddedSftpServer();
  await using jira = startJiraServer();
  await using api = clockedApi(0);
  await Deno.copyFile(server.privateKeyPath, join(place.folder, "key"));

  // Not ytdlp, which a test of its own gives programs to look at.
  const only = "deno,configuration,permissions,state,disk,database,sftp,jira,api,clock";
  const args = ["--only", only, "--project", "acme", "--district", "7"];
  const { code, checks } = await place.check(args, {
    ...sftpEnvironment(server),
    ...api.env,
    DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "key",
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: queue.url,
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: source.postgres.url,
    DEVELOPMENT_GLOBAL_JIRA_URL: jira.url,
    DEVELOPMENT_GLOBAL_JIRA_EMAIL: jiraLogin.email,
    DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: jiraLogin.token,
    DEVELOPMENT_GLOBAL_JIRA_ALLOW_HTTP: "true",
  });

  const seen = briefly(checks).filter((line) => !line.startsWith("disk"));
  assertEquals(seen, [
    "deno ok",
    "configuration ok",
    "permissions ok",
    "state ok",
    "database rpa_db ok",
    "database SurveyHub ok",
    "sftp global ok",
    "sftp acme ok",
    "sftp district_7 ok",
    "jira global ok",
    "api global ok",
    "api acme ok",
    "clock ok",
  ]);
  const disks = checks.filter(({ check }) => check === "disk");
  assertEquals(code, disks.some(({ status }) => status === "failed") ? 1 : 0);
  assertEquals(new Set(api.methods), new Set(["HEAD"]));
  assertEquals(JSON.stringify(checks).includes("hidden"), false);
  const files = await Array.fromAsync(Deno.readDir(place.folder), ({ name }) => name);
  assertEquals(files, ["key"]);
});

Deno.test("doctor calls what is not configured so, and is content", async () => {
  await using place = await sandbox();

  const { code, stdout } = await place.run([
    "--only",
    "configuration,database,sftp,jira,api,clock",
  ]);

  assertEquals(code, 0);
  for (const name of ["database rpa_db", "sftp global", "jira global", "api global", "clock"]) {
    assertMatch(stdout, new RegExp(`^${name} +not configured  `, "m"));
  }
  assertStringIncludes(stdout, "-> start it with: deno task db:start");
  assertStringIncludes(stdout, "1 ok, 0 warning, 0 failed, 6 not configured\n");
});

Deno.test("doctor says of each server what is wrong and what to do", async () => {
  await using place = await sandbox();
  await using queue = await testDatabase();
  await using server = await embeddedSftpServer();
  await using stranger = await embeddedSftpServer();
  await using jira = startJiraServer();
  server.faults.refuseLogins = true;
  const { port } = absentTarget();
  await Deno.copyFile(server.privateKeyPath, join(place.folder, "key"));
  const env = {
    ...sftpEnvironment(server),
    ...sftpEnvironment(stranger, "acme"),
    DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "key",
    DEVELOPMENT_ACME_SFTP_PRIVATE_KEY: "key",
    DEVELOPMENT_ACME_SFTP_HOST_KEY: "",
    DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: "",
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: queue.url,
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: `postgresql://u:pass@127.0.0.1:${port}/x`,
    DEVELOPMENT_GLOBAL_JIRA_URL: jira.url,
    DEVELOPMENT_GLOBAL_JIRA_EMAIL: jiraLogin.email,
    DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: "wrong-token",
    DEVELOPMENT_GLOBAL_JIRA_ALLOW_HTTP: "true",
    DEVELOPMENT_GLOBAL_DOC_AI_API_URL: `http://127.0.0.1:${port}/process`,
    DEVELOPMENT_GLOBAL_API_SECRET: "secret-of-the-api",
  };
  const pinned = { ...env, DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: server.hostKeyFingerprint };

  const all = await place.check(["--only", "database,sftp,jira,api", "--project", "acme"], env);
  const refused = await place.check(["--only", "sftp"], pinned);
  const source = await place.run(["--only", "api"], env);

  const of = (name: string, subject: string) => {
    const found = all.checks.find(({ check, subject: which }) =>
      check === name && which === subject
    );
    assert(found !== undefined);
    return found;
  };
  assertEquals(all.code, 1);
  assertEquals([of("database", "rpa_db").status, of("database", "rpa_db").advice], [
    "warning",
    "bring them up to date with: deno task queue migrate",
  ]);
  assertEquals([of("database", "SurveyHub").status, of("database", "SurveyHub").exit_code], [
    "failed",
    4,
  ]);
  const unknownKey = of("sftp", "acme");
  assertEquals([unknownKey.error_code, unknownKey.exit_code], ["HOST_KEY_UNKNOWN", 2]);
  assertStringIncludes(
    `${unknownKey.found} ${unknownKey.advice}`,
    `DEVELOPMENT_ACME_SFTP_HOST_KEY=${stranger.hostKeyFingerprint}`,
  );
  assertEquals([refused.code, refused.checks[0]?.error_code], [2, "LOGIN_REFUSED"]);
  assertEquals([of("jira", "global").error_code, of("jira", "global").exit_code], [
    "LOGIN_REFUSED",
    2,
  ]);
  assertEquals([of("api", "global").error_code, source.code], ["API_UNREACHABLE", 4]);
});

Deno.test("doctor finds the embedded server, and does not make its databases", async () => {
  await using place = await sandbox();
  await using home = await embeddedHome();
  await home.value("start");
  const folder = await Deno.realPath(home.folder);
  const permissions = [`--allow-read=${place.folder},${folder}`];
  const check = (...only: string[]) =>
    place.check(["--only", ...only], { OPSDECK_HOME: folder }, { permissions });

  const first = await check("database,clock");
  const second = await check("database");

  assertEquals(first.code, 0);
  assertEquals(briefly(first.checks), [
    "database rpa_db ok",
    "database SurveyHub ok",
    "clock not_configured",
  ]);
  for (const { found } of [...first.checks.slice(0, 2), ...second.checks]) {
    assertMatch(found, /the embedded server runs; the database is made when it is first used$/);
  }
});

Deno.test("doctor finds a clock that is off, by the database or by the API", async () => {
  await using place = await sandbox();
  await using behind = clockedApi(60_000);
  await using far = clockedApi(-600_000);

  const warned = await place.check(["--only", "clock"], behind.env);
  const failed = await place.check(["--only", "clock"], far.env);

  assertEquals(briefly(warned.checks), ["clock warning"]);
  assertMatch(warned.checks[0]?.found ?? "", /clock is (59|60)\.\d s behind that of the document/);
  assertEquals([briefly(failed.checks), failed.code], [["clock failed"], 1]);
});

Deno.test("doctor tells problems of the configuration as show-config does, and ends with 2", async () => {
  await using place = await sandbox();

  const { code, checks } = await place.check(["--only", "configuration"], {
    LOG_LEVEL: "loud",
    DEVELOPMENT_GLOBAL_SFTP_PORT: "0",
    DEVELOPMENT_GLOBAL_RPA_DB_CONECTION_STRING: "x",
  });

  assertEquals(code, 2);
  assertEquals(briefly(checks), [
    "configuration failed",
    "configuration failed",
    "configuration warning",
  ]);
  assertEquals(
    checks.at(-1)?.advice,
    "did you mean DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING?",
  );
});

Deno.test("doctor looks at the settings of each project, district and profile, once", async () => {
  await using place = await sandbox();
  await using elsewhere = await temporaryFolder("keys");
  const key = join(await Deno.realPath(elsewhere.path), "key");
  const args = ["--only", "configuration,permissions"];
  const names = ["--project", "acme", "--project", "acme", "--district", "7", "--profile", "work"];
  const env = {
    DEVELOPMENT_ACME_SFTP_PORT: "0",
    DEVELOPMENT_ACME_SFTP_PRIVATE_KEY: key,
    DEVELOPMENT_ACME_SFTP_PASS_FILE: join(elsewhere.path, "pass"),
    DEVELOPMENT_DISTRICT_7_SFTP_PORT: "70000",
    DEVELOPMENT_WORK_JIRA_URL: "ftp://jira",
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING:
      "postgresql://u:pass@127.0.0.1:9/x?sslmode=verify-full&sslrootcert=/srv/authorities.pem",
  };

  const all = await place.check(args, env);
  const named = await place.check([...args, ...names], env);

  const about = (checks: CheckResult[], text: string) =>
    checks.filter(({ found }) => found.includes(text)).map(({ check }) => check);
  const problems = ["DEVELOPMENT_ACME_SFTP_PORT", "DISTRICT_7_SFTP_PORT", "WORK_JIRA_URL"];
  for (const name of problems) {
    assertEquals(about(all.checks, name), []);
    assertEquals(about(named.checks, name), ["configuration"], name);
  }
  for (const file of [`PRIVATE_KEY is ${key}`, "ACME_SFTP_PASS_FILE is"]) {
    assertEquals(about(all.checks, file), []);
    assertEquals(about(named.checks, file), ["permissions"], file);
  }
  for (const { checks } of [all, named]) {
    assertEquals(about(checks, "of rpa_db is /srv/authorities.pem"), ["permissions"]);
  }
});

Deno.test("doctor says that it could not look, and not that all is well", async () => {
  await using place = await sandbox();
  const home = join(place.folder, "home");
  const cwd = join(place.folder, "work");
  await Deno.mkdir(join(home, ".local"), { recursive: true });
  await Deno.mkdir(cwd);
  const check = (permissions: string[] = []) =>
    place.check(["--only", "state,disk"], { HOME: home }, { cwd, permissions });

  const refused = await check();
  const wider = await check([`--allow-read=${place.folder}`]);

  assertEquals(briefly(refused.checks).slice(0, 2), [
    "state not_configured",
    "disk state not_configured",
  ]);
  assertMatch(refused.checks[0]?.found ?? "", /may not look at the folder above it/);
  assertEquals(briefly(wider.checks)[0], "state ok");
  assertMatch(wider.checks[1]?.found ?? "", / are free for /);
});

Deno.test("doctor looks at the state folder, and says which tasks may not reach it", async () => {
  await using place = await sandbox();
  await using elsewhere = await temporaryFolder("state");
  const state = join(place.folder, ".local/state/opsdeck");
  const outside = await Deno.realPath(elsewhere.path);
  const only = ["--only", "state,disk,permissions"];

  const absent = await place.check(["--only", "state"]);
  await Deno.mkdir(state, { recursive: true, mode: 0o700 });
  const well = await place.check(only);
  await Deno.chmod(state, 0o777);
  const open = await place.check(["--only", "state"]);
  const moved = await place.check(only, { OPSDECK_HOME: outside });

  assertMatch(absent.checks[0]?.found ?? "", /is not there yet; it is made when it is first used$/);
  assertEquals(briefly(well.checks).slice(0, 2), ["permissions ok", "state ok"]);
  assertEquals([open.checks[0]?.status, open.checks[0]?.advice], [
    "warning",
    `keep them out, as journals are trusted: chmod go-w ${state}`,
  ]);
  assertEquals(moved.checks.find(({ check }) => check === "permissions")?.status, "warning");
  assertStringIncludes(moved.checks[0]?.found ?? "", `OPSDECK_HOME is ${outside}, which these`);
  assertStringIncludes(moved.checks[0]?.found ?? "", "claim-batch");
  assertEquals(moved.checks.find(({ check }) => check === "state")?.exit_code, 2);
});

Deno.test("doctor says what yt-dlp lacks", async () => {
  await using place = await sandbox();
  const program = async (name: string, version: string, programs: string) => {
    const path = join(place.folder, name);
    const script = `#!/bin/sh\ncase "$*" in *--version*) echo ${version};; ` +
      `*) echo "[debug] exe versions: ${programs}" >&2; exit 2;; esac\n`;
    await Deno.writeTextFile(path, script, { mode: 0o755 });
    const permissions = [`--allow-run=${path},kill`];
    return (only = "ytdlp") =>
      place.check(["--only", only], { DEVELOPMENT_GLOBAL_YTDLP_PATH: path }, { permissions });
  };
  const old = await program("old", "2025.01.01", "ffmpeg 7, ffprobe 7");
  const alone = await program("alone", "2025.01.01", "none");
  const hostile = await program("hostile", "2020.01.01", "none");

  const [aged, lonely, refused] = await Promise.all([old(), alone(), hostile()]);
  const absent = await place.check(["--only", "ytdlp"], { PATH: basename(place.folder) });

  assertMatch(aged.checks[0]?.advice ?? "", /^yt-dlp is \d+ days old/);
  assertMatch(lonely.checks[0]?.advice ?? "", /^install ffmpeg/);
  assertEquals([refused.code, refused.checks[0]?.error_code], [2, "YTDLP_UNUSABLE"]);
  assertEquals([absent.code, briefly(absent.checks)], [0, ["ytdlp not_configured"]]);
});

Deno.test("doctor refuses checks and districts that there are none of", async () => {
  await using place = await sandbox();

  const check = await place.run(["--only", "sftp,sfpt,jra"]);
  const district = await place.run(["--district", "seven"]);

  assertEquals([check.code, district.code], [1, 1]);
  assertStringIncludes(check.stderr, 'Cannot check "sfpt", "jra" as there is no such check;');
  assertStringIncludes(district.stderr, "seven");
});
