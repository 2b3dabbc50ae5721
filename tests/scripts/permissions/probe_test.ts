import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { scriptNames } from "../all_scripts.ts";
import { scriptPath, shebangArgs } from "../../support/run_script.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { declaredPermissions } from "./declared.ts";
import { allRefused, runProbe } from "./run_probe.ts";

/** The secrets of each subject, without the words that stand before them. */
const secrets: Record<string, string[]> = {
  queue: ["RPA_DB_CONNECTION_STRING"],
  requests: ["SURVEYHUB_CONNECTION_STRING"],
  login: ["DB_PASSWORD", "DB_PASSWORD_FILE"],
  sftp: ["SFTP_PASS", "SFTP_PASSPHRASE"],
  api: ["API_SECRET"],
  jira: ["JIRA_API_TOKEN", "JIRA_PAT"],
};
/** Databases that may have a login of their own, by the subject that uses them. */
const databases: Record<string, string> = { queue: "RPA_DB", requests: "SURVEYHUB" };
const source = ["requests", "login"];
const sourceFiles = [...source, "sftp"];
const everything = Object.keys(secrets);

/** Whose secrets each script may read at the level of all flows, projects and profiles. */
const subjects: Record<string, readonly string[]> = {
  "bulk-download": sourceFiles,
  "claim-batch": everything, // a handler may need any
  "compile": [],
  "completion": [],
  "database": ["queue", "requests"],
  "doctor": everything,
  "download-files": sourceFiles,
  "find-requests": source,
  "jira-batch": ["jira"],
  "monitor-integrations": source,
  "poll-sftp": ["sftp", "api", "queue", "login"],
  "queue": ["queue", "requests", "login"],
  "quickstart": ["queue", "login"],
  "refresh-districts": sourceFiles,
  "rerun": source,
  "restore-files": sourceFiles,
  "sample-requests": source,
  "sftp-files": ["sftp", "api"],
  "show-config": everything,
  "track-downloads": [],
};

const declared = await declaredPermissions();

for (const name of scriptNames) {
  Deno.test(`what runs under the permissions of ${name} can do no more than it may`, async () => {
    await using folder = await temporaryFolder("probe", "/var/tmp"); // some scripts may write in /tmp
    const cwd = join(await Deno.realPath(folder.path), "here");
    await Deno.mkdir(cwd);
    const readable = variablesOf(subjects[name] ?? []);
    const variables = variablesOf(everything);
    const env = {
      HOME: join(cwd, "../home"),
      UNRELATED_SECRET: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      ...Object.fromEntries(variables.map((variable) => [variable, "x"])),
    };
    const script = declared.find((one) => one.name === name);
    const isOpen = script?.set?.net === true;

    const [, ...flags] = shebangArgs(scriptPath(name), { ...env, PWD: cwd });
    const outcome = await runProbe(flags, {
      cwd,
      env,
      ...(isOpen ? {} : { host: "192.0.2.1" }),
      variables: ["UNRELATED_SECRET", "AWS_SECRET_ACCESS_KEY", ...variables],
    });

    assertEquals(outcome, {
      ...allRefused,
      ...(isOpen ? {} : { host: "NotCapable", listen: "NotCapable" }),
      writeHere: script?.lists.write.includes("<caller>") ? "allowed" : "NotCapable",
      UNRELATED_SECRET: false,
      AWS_SECRET_ACCESS_KEY: false,
      ...Object.fromEntries(
        variables.map((variable) => [variable, readable.includes(variable)]),
      ),
    });
  });
}

function variablesOf(names: readonly string[]): string[] {
  const global = names.flatMap((name) => secrets[name] ?? [])
    .flatMap((key) => [`GLOBAL_${key}`, `DEVELOPMENT_GLOBAL_${key}`, `PRODUCTION_GLOBAL_${key}`]);
  const own = names.includes("login") ? names.flatMap((name) => databases[name] ?? []) : [];
  return [...global, ...own.map((database) => `TEST_${database}_DB_PASSWORD`)];
}
