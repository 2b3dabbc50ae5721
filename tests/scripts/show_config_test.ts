import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { EffectiveSetting, SettingsReport } from "../../lib/diagnosis/mod.ts";
import { runScript, type RunScriptOptions } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A folder to run from, which is the home as well. */
async function sandbox() {
  const temporary = await temporaryFolder("show-config");
  const folder = await Deno.realPath(temporary.path);
  const run = (args: string[], env: Record<string, string> = {}, options: RunScriptOptions = {}) =>
    runScript("show-config", args, { cwd: folder, ...options, env: { HOME: folder, ...env } });
  return {
    folder,
    run,
    async report(args: string[], env: Record<string, string> = {}): Promise<SettingsReport> {
      const result = await run([...args, "--json"], env);
      assertEquals(result.stderr, "");
      // The script writes the type that it exports.
      return result.json() as SettingsReport;
    },
    write: (name: string, text: string) => Deno.writeTextFile(join(folder, name), text),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

function settingOf(report: SettingsReport, name: string): EffectiveSetting {
  const setting = report.settings.find((setting) => setting.name === name);
  assert(setting !== undefined, `${name} is not shown`);
  return setting;
}

const origin = ({ value, source, level, status }: EffectiveSetting) => [
  value,
  source,
  level,
  status,
];

Deno.test("show-config says of each setting what holds and where it came from", async () => {
  await using place = await sandbox();
  await place.write(
    "opsdeck.toml",
    "[development.global]\njira_timeout_seconds = 5\n[global]\nsftp_user = 'ada'\n",
  );
  await place.write("secret", "hidden-in-a-file\n");

  const report = await place.report([], {
    DEVELOPMENT_GLOBAL_SFTP_HOST: "files.example.com",
    GLOBAL_SFTP_PORT: "2222",
    DEVELOPMENT_GLOBAL_SFTP_PASS_FILE: "secret",
    LOG_LEVEL: "error",
  });

  assertEquals(report.problems, []);
  const held = (name: string) => origin(settingOf(report, name));
  assertEquals(held("DEVELOPMENT_GLOBAL_SFTP_HOST"), [
    "files.example.com",
    "DEVELOPMENT_GLOBAL_SFTP_HOST",
    "environment",
    "set",
  ]);
  assertEquals(held("DEVELOPMENT_GLOBAL_SFTP_PORT"), [2222, "GLOBAL_SFTP_PORT", "global", "set"]);
  assertEquals(held("DEVELOPMENT_GLOBAL_SFTP_USER"), [
    "ada",
    "opsdeck.toml [global] sftp_user",
    "global",
    "set",
  ]);
  assertEquals(held("DEVELOPMENT_GLOBAL_JIRA_TIMEOUT_SECONDS"), [
    5,
    "opsdeck.toml [development.global] jira_timeout_seconds",
    "environment",
    "set",
  ]);
  assertEquals(held("DEVELOPMENT_GLOBAL_SFTP_PASS"), [
    "***",
    "DEVELOPMENT_GLOBAL_SFTP_PASS_FILE",
    "environment",
    "set",
  ]);
  assertEquals(held("DEVELOPMENT_GLOBAL_LOG_LEVEL"), ["error", "LOG_LEVEL", "bare", "set"]);
  assertEquals(held("DEVELOPMENT_GLOBAL_LOG_FORMAT"), ["text", null, "default", "default"]);
  assertEquals(held("DEVELOPMENT_GLOBAL_SFTP_PATH"), [null, null, null, "unset"]);
  assertEquals(held("OPSDECK_HOME"), [
    join(place.folder, ".local/state/opsdeck"),
    null,
    "default",
    "default",
  ]);
  const port = settingOf(report, "DEVELOPMENT_GLOBAL_SFTP_PORT");
  assertEquals([port.type, port.default], ["a whole number from 1 to 65535", 22]);
  assert(port.scripts.includes("sftp-files") && !port.scripts.includes("queue"));
});

Deno.test("show-config shows the login that one database has of its own", async () => {
  await using place = await sandbox();
  const env = { DEVELOPMENT_SURVEYHUB_DB_USER: "reader", DEVELOPMENT_GLOBAL_DB_USER: "all" };

  const report = await place.report([], env);

  const shown = ["DEVELOPMENT_SURVEYHUB_DB_USER", "DEVELOPMENT_RPA_DB_DB_USER"].map((name) => {
    const { value, source, level } = settingOf(report, name);
    return [value, source, level];
  });
  assertEquals(shown, [
    ["reader", "DEVELOPMENT_SURVEYHUB_DB_USER", "database"],
    ["all", "DEVELOPMENT_GLOBAL_DB_USER", "environment"],
  ]);
  assertEquals(report.unread, []);
});

Deno.test("show-config shows no secret, neither as text nor as JSON, and no login in an address", async () => {
  await using place = await sandbox();
  const env = {
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: "postgresql://ada:hunter2secret@db/x",
    DEVELOPMENT_GLOBAL_SFTP_PASS: "hunter2secret",
    DEVELOPMENT_GLOBAL_SFTP_HOST: "sftp://ada:hunter3secret@host",
    DEVELOPMENT_GLOBAL_DRIVE_BASE_URL: "http://ada:hunter3secret@mirror",
    DEVELOPMENT_GLOBAL_API_SECRE: "hunter2secret",
  };

  const [text, json] = await Promise.all([place.run([], env), place.run(["--json"], env)]);

  for (const { code, stdout, stderr } of [text, json]) {
    assertEquals(code, 2);
    assertEquals(/hunter/.exec(stdout + stderr), null);
    assertStringIncludes(stdout, "http://***@mirror");
    assertStringIncludes(stdout, "DEVELOPMENT_GLOBAL_API_SECRET");
  }
});

Deno.test("show-config shows no key that is pasted where its path is wanted", async () => {
  await using place = await sandbox();
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhidden//words\n-----END OPENSSH PRIVATE KEY-----";
  await place.write("opsdeck.toml", `[development.global]\nsftp_known_hosts = """${key}"""\n`);
  const env = {
    DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: key,
    DEVELOPMENT_GLOBAL_SFTP_PASS_FILE: key,
    DEVELOPMENT_GLOBAL_JIRA_CA_FILE: key,
    OPSDECK_HOME: key,
  };

  const [text, json, grants] = await Promise.all([
    place.run([], env),
    place.run(["--json"], env),
    place.run(["--print-permissions"], env),
  ]);

  for (const { stdout, stderr } of [text, json, grants]) {
    assertEquals(/hidden|words|BEGIN/.exec(stdout + stderr), null);
  }
  assertEquals([text.code, json.code], [2, 2]);
  const sources = [
    "DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY",
    "opsdeck.toml [development.global] sftp_known_hosts",
    "DEVELOPMENT_GLOBAL_SFTP_PASS_FILE",
    "DEVELOPMENT_GLOBAL_JIRA_CA_FILE",
  ];
  for (const source of sources) {
    assertStringIncludes(text.stdout, `\n  Cannot use ${source} as it is a key and not a path`);
  }
  const report = json.json() as SettingsReport;
  for (const key of ["SFTP_PRIVATE_KEY", "SFTP_KNOWN_HOSTS", "SFTP_PASS", "JIRA_CA_FILE"]) {
    const { status, value } = settingOf(report, `DEVELOPMENT_GLOBAL_${key}`);
    assertEquals([key, status, value], [key, "invalid", null]);
  }
});

Deno.test("show-config names all problems of all settings at once, and ends with 2", async () => {
  await using place = await sandbox();
  await place.write("opsdeck.toml", "[development.downloads]\nconcurrency = 'many'\n");

  const { code, stdout, stderr } = await place.run(["--problems"], {
    LOG_LEVEL: "loud",
    DEVELOPMENT_GLOBAL_SFTP_PORT: "99999",
    DEVELOPMENT_GLOBAL_SFTP_PATH: "/base",
    DEVELOPMENT_GLOBAL_AUTO_RETRY: "perhaps",
    DEVELOPMENT_GLOBAL_RPA_DB_TYPE: "oracle",
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: "mysql://x",
    DEVELOPMENT_GLOBAL_JIRA_URL: "ftp://jira",
    DEVELOPMENT_GLOBAL_JIRA_CACHE_TTL_ISSUE: "soon",
    DEVELOPMENT_GLOBAL_POLL_TIME_ZONE: "Moon/Crater",
    DEVELOPMENT_GLOBAL_API_SECRET_FILE: "gone",
  });

  assertEquals([code, stderr], [2, ""]);
  const named = [
    "LOG_LEVEL",
    "DEVELOPMENT_GLOBAL_SFTP_PORT",
    "DEVELOPMENT_GLOBAL_SFTP_HOST",
    "DEVELOPMENT_GLOBAL_SFTP_USER",
    "DEVELOPMENT_GLOBAL_AUTO_RETRY",
    "DEVELOPMENT_GLOBAL_RPA_DB_TYPE",
    "DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING",
    "DEVELOPMENT_GLOBAL_JIRA_URL",
    "DEVELOPMENT_GLOBAL_JIRA_API_TOKEN",
    "DEVELOPMENT_GLOBAL_JIRA_CACHE_TTL_ISSUE",
    "DEVELOPMENT_GLOBAL_POLL_TIME_ZONE",
    "DEVELOPMENT_GLOBAL_API_SECRET_FILE",
    "opsdeck.toml [development.downloads] concurrency",
  ];
  for (const name of named) assertMatch(stdout, new RegExp(`\n  Cannot .*\\b${escape(name)} `));
});

function escape(text: string): string {
  return text.replace(/[[\].]/g, "\\$&");
}

Deno.test("show-config says what is wrong with ENVIRONMENT and with the configuration file too", async () => {
  await using place = await sandbox();
  await place.write("opsdeck.toml", "[developmnt.global]\nx = 1\n[global]\nday = 2026-01-01\n");

  const file = await place.run(["--problems"]);
  const environment = await place.run(["--problems"], { ENVIRONMENT: "prod" });

  assertEquals([file.code, environment.code], [2, 2]);
  assertStringIncludes(file.stdout, 'did you mean "development"?');
  assertStringIncludes(file.stdout, "opsdeck.toml [global] day must be text");
  assertStringIncludes(environment.stdout, "ENVIRONMENT must be development, test, staging or");
});

Deno.test("show-config finds misspelt variables and entries of the file", async () => {
  await using place = await sandbox();
  await place.write("opsdeck.toml", "[development.downlods]\ncsv_path = 'x.csv'\n");

  const { code, stdout } = await place.run(["--problems"], {
    DEVELOPMENT_GLOBAL_RPA_DB_CONECTION_STRING: "postgresql://x",
    ENVIROMENT: "production",
    PRODUCTION_GLOBAL_SFTP_HOSST: "of another environment",
    DEVELOPMENT_ACME_SFTP_HOST: "of a project",
  });

  assertEquals(code, 0);
  assertEquals(stdout.trim().split("\n"), [
    "Read by nothing:",
    "  DEVELOPMENT_GLOBAL_RPA_DB_CONECTION_STRING, did you mean " +
    "DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING?",
    "  ENVIROMENT, did you mean ENVIRONMENT?",
    "  opsdeck.toml [development.downlods] csv_path, did you mean [development.downloads] csv_path?",
  ]);
});

Deno.test("show-config finds settings whose environment is misspelt", async () => {
  await using place = await sandbox();
  const cases = [
    ["development", "DEVELOPEMENT_GLOBAL_SFTP_HOST", "DEVELOPMENT_GLOBAL_SFTP_HOST"],
    ["staging", "STAGNG_ACME_SFTP_HOST", "STAGING_ACME_SFTP_HOST"],
    ["production", "PRODUCTON_GLOBAL_SFTP_HOST", "PRODUCTION_GLOBAL_SFTP_HOST"],
  ];

  for (const [environment = "", written = "", meant = ""] of cases) {
    const { code, stdout } = await place.run(["--problems"], {
      ENVIRONMENT: environment,
      [written]: "x",
    });

    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, `  ${written}, did you mean ${meant}?`);
  }
});

Deno.test("show-config shows no password and no query of an address, whatever they are made of", async () => {
  await using place = await sandbox();
  const addresses = {
    "https://u:hidden/hid@den@api.example/x": "https://***@api.example/x",
    "https://u:hidden/hid%3F@api.example:99999/x": "https://***@api.example:99999/x",
    "https://api.example/x?token=hidden": "https://api.example/x?token=***",
    "https://api.example/x?a=hidden/?&b=hidden#c=hidden": "https://api.example/x?a=***&b=***#c=***",
    "ftp://u:hid/den@api.example/x?key=hidden": "ftp://***@api.example/x?key=***",
  };

  for (const [address, shown] of Object.entries(addresses)) {
    const env = {
      DEVELOPMENT_GLOBAL_DOC_AI_API_URL: address,
      DEVELOPMENT_GLOBAL_JIRA_URL: address,
    };
    const [text, json] = await Promise.all([place.run([], env), place.run(["--json"], env)]);

    for (const { stdout, stderr } of [text, json]) {
      assertEquals(/hid/.exec((stdout + stderr).replaceAll(place.folder, "")), null, stdout);
    }
    assertStringIncludes(json.stdout, shown);
  }
});

Deno.test("show-config shows the settings as a flow, a project, a district or a profile gets them", async () => {
  await using place = await sandbox();
  const env = {
    DEVELOPMENT_RPA1_DISTRIBUTED_BATCH_SIZE: "7",
    DEVELOPMENT_GLOBAL_SFTP_HOST: "all",
    DEVELOPMENT_GLOBAL_SFTP_USER: "ada",
    DEVELOPMENT_GLOBAL_SFTP_PASS: "password of all",
    DEVELOPMENT_ACME_SFTP_HOST: "acme",
    DEVELOPMENT_DISTRICT_7_SFTP_HOST: "seven",
    DEVELOPMENT_WORK_JIRA_URL: "https://work.example.com",
    DEVELOPMENT_WORK_JIRA_PAT: "token-of-work",
  };

  const project = await place.report(
    ["--flow", "rpa1", "--project", "acme", "--profile", "work"],
    env,
  );
  const district = await place.report(["--district", "7"], env);
  const both = await place.run(["--district", "7", "--project", "acme"], env);

  const value = (report: SettingsReport, name: string) => settingOf(report, name).value;
  assertEquals(value(project, "DEVELOPMENT_RPA1_DISTRIBUTED_BATCH_SIZE"), 7);
  assertEquals(value(project, "DEVELOPMENT_ACME_SFTP_HOST"), "acme");
  assertEquals(value(project, "DEVELOPMENT_ACME_SFTP_USER"), "ada");
  assertEquals(value(project, "DEVELOPMENT_WORK_JIRA_URL"), "https://work.example.com");
  assertEquals(value(district, "DEVELOPMENT_DISTRICT_7_SFTP_HOST"), "seven");
  assertEquals([project.problems, district.problems], [[], []]);
  assertEquals([project.unread, district.unread], [[], []]);
  assertEquals(both.code, 1);
});

Deno.test("show-config SCRIPT shows what it reads, and counts as missing what it needs", async () => {
  await using place = await sandbox();

  const all = await place.run([]);
  const poller = await place.report(["poll-sftp"]);
  const finder = await place.report(["find-requests"], { ENVIRONMENT: "production" });
  const two = await place.run(["rerun", "find-requests", "--problems"], {
    ENVIRONMENT: "production",
  });
  const unknown = await place.run(["pol-sftp"]);

  assertEquals([all.code, all.stdout.endsWith("No problems\n")], [0, true]);
  const groups = new Set(poller.settings.map(({ group }) => group));
  assertEquals([groups.has("poller"), groups.has("jira")], [true, false]);
  assertEquals(settingOf(poller, "DEVELOPMENT_GLOBAL_SFTP_HOST").status, "missing");
  assertEquals(settingOf(poller, "DEVELOPMENT_GLOBAL_SFTP_PASS").status, "missing");
  // Files may go to the queue instead.
  assertEquals(settingOf(poller, "DEVELOPMENT_GLOBAL_DOC_AI_API_URL").status, "unset");
  assertEquals(finder.problems.map(({ kind }) => kind), ["missing"]);
  assertEquals(finder.problems[0]?.scripts, ["find-requests"]);
  assertMatch(two.stdout, / \(find-requests, rerun\)$/m);
  assertStringIncludes(
    finder.problems[0]?.message ?? "",
    "PRODUCTION_GLOBAL_SURVEYHUB_CONNECTION_STRING is not set",
  );
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stderr, 'Cannot show the settings of "pol-sftp"');
});

Deno.test("show-config works by the line that its --print-permissions prints, secrets' files included", async () => {
  await using place = await sandbox();
  await using elsewhere = await temporaryFolder("secrets");
  const path = join(await Deno.realPath(elsewhere.path), "secret");
  await Deno.writeTextFile(path, "hidden");
  const env = { DEVELOPMENT_ACME_SFTP_PASS_FILE: path };

  const refused = await place.report(["--project", "acme"], env);
  const line = await place.run(["--project", "acme", "--print-permissions"], env);
  const permissions = line.stdout.split(" ").filter((word) => word.startsWith("--allow-read="));
  const granted = await place.run(["--project", "acme", "--json"], env, { permissions });

  assertStringIncludes(JSON.stringify(refused.problems), `run again with --allow-read=${path}`);
  assertStringIncludes(line.stdout, " --deny-net ");
  const report = granted.json() as SettingsReport;
  assertEquals(settingOf(report, "DEVELOPMENT_ACME_SFTP_PASS").value, "***");
});
