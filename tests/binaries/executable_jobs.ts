/** The main job of every executable, against running servers. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { jiraLogin, startJiraServer } from "../fakes/jira_server.ts";
import { runSandbox } from "../downloads/run_sandbox.ts";
import { environment } from "../scripts/track_downloads_sandbox.ts";
import { pollSandbox } from "../scripts/poll_sandbox.ts";
import { queueSandbox } from "../scripts/queue_sandbox.ts";
import { sftpSandbox } from "../scripts/sftp_sandbox.ts";
import { type WorkflowSandbox, workflowSandbox } from "../scripts/workflow_sandbox.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import type { ScriptResult } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import type { RunExecutableOptions } from "./run_executable.ts";

/** Runs an executable by its name. */
export type RunByName = (
  name: string,
  args: readonly string[],
  options: RunExecutableOptions,
) => Promise<ScriptResult>;

/** What each executable is for; the key names the scripts, with blanks between them. */
export const jobs: Record<string, (run: RunByName) => Promise<void>> = {
  "queue claim-batch": queueJob,
  "poll-sftp": pollJob,
  "sftp-files": sftpJob,
  "find-requests download-files restore-files rerun refresh-districts": requestsJob,
  "bulk-download monitor-integrations": workflowsJob,
  "jira-batch": jiraJob,
  "track-downloads": downloadsJob,
  "database sample-requests": databaseJob,
  "completion doctor show-config": settingsJob,
};

async function queueJob(run: RunByName): Promise<void> {
  await using place = await queueSandbox();
  const options = { cwd: place.folder, env: place.env };
  await place.write("amount.ts", "export const amount = (n: number): number => n * 100;\n");
  await place.write(
    "handler.ts",
    `import { RetryableError } from "@opsdeck/core";
     import { parse } from "@std/csv";
     import { amount } from "./amount.ts";
     export default ({ payload }: { payload: { n: string } }) => {
       if (payload.n === "3") throw new RetryableError("not yet");
       return { amount: amount(Number(payload.n)), columns: parse("a,b")[0] };
     };\n`,
  );

  const added = await run("queue", ["add", "--flow", "f", "--json"], {
    ...options,
    stdin: '{"n":"1"}\n{"n":"2"}\n{"n":"3"}\n',
  });
  const claimed = await run("claim-batch", [
    "--flow",
    "f",
    "--handler",
    "handler.ts",
    "--drain",
    "--auto-retry",
    "--json",
  ], options);
  const status = await run("queue", ["status", "--flow", "f", "--json"], options);

  assertEquals(added.code, 0, added.stderr);
  assertEquals(claimed.code, 1, claimed.stderr);
  assertEquals(Object(claimed.json()).completed, 2, claimed.stdout);
  assertEquals(status.code, 0, status.stderr);
  const [row] = await place.database.sql`
    select result from processing_queue where payload->>'n' = '2'`;
  assertEquals(row?.["result"], { amount: 200, columns: ["a", "b"] });
}

async function pollJob(run: RunByName): Promise<void> {
  await using place = await pollSandbox();
  await place.upload("a.pdf");

  const { code, stderr } = await run("poll-sftp", ["--project", "acme", "--json"], {
    cwd: place.folder,
    env: place.env,
  });

  assertEquals(code, 0, stderr);
  assertEquals(await place.names("input"), []);
  assertEquals(place.api.accepted.size, 1);
}

async function sftpJob(run: RunByName): Promise<void> {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("outbox/a.csv", "a");

  const { code, stderr } = await run("sftp-files", [
    "get",
    server.remotePath("outbox"),
    "--to",
    "in",
  ], { cwd: place.folder, env: place.env });

  assertEquals(code, 0, stderr);
  assertEquals(await place.files(join(place.folder, "in")), { "outbox/a.csv": "a" });
}

async function requestsJob(run: RunByName): Promise<void> {
  await using sandbox = await workflowSandbox();
  const options = inSandbox(sandbox);
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });

  const found = await run(
    "find-requests",
    ["--type", "SAT", "--district", "7", "--json"],
    options,
  );
  const downloaded = await run("download-files", ["1", "--to", "files", "--json"], options);
  const restored = await run("restore-files", ["1", "--json"], options);
  const rerun = await run("rerun", ["2", "--json"], options);
  const refreshed = await run("refresh-districts", ["7", "--type", "SAT", "--json"], options);

  for (const { code, stdout, stderr } of [found, downloaded, restored, rerun, refreshed]) {
    assertEquals(code, 0, stdout + stderr);
  }
  assertEquals(Object.keys(await sandbox.place.list("in")).includes("7/a.csv"), true);
}

async function workflowsJob(run: RunByName): Promise<void> {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });

  const report = await run("monitor-integrations", ["--json", "--html", "r.html"], {
    ...inSandbox(sandbox),
  });
  const downloaded = await run(
    "bulk-download",
    ["--type", "SAT", "--local-dir", "files", "--json"],
    inSandbox(sandbox),
  );

  assertEquals(report.code, 0, report.stderr);
  assertStringIncludes(await Deno.readTextFile(join(sandbox.folder, "r.html")), "<svg ");
  assertEquals(downloaded.code, 0, downloaded.stdout + downloaded.stderr);
}

function inSandbox({ folder, env }: WorkflowSandbox): RunExecutableOptions {
  return { cwd: folder, env };
}

async function jiraJob(run: RunByName): Promise<void> {
  await using server = startJiraServer();
  await using home = await temporaryFolder("jira");

  const { code, stdout, stderr } = await run("jira-batch", ["fetch", "PROJ-1", "PROJ-2"], {
    cwd: home.path,
    env: {
      HOME: home.path,
      DEVELOPMENT_GLOBAL_JIRA_URL: server.url,
      DEVELOPMENT_GLOBAL_JIRA_EMAIL: jiraLogin.email,
      DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: jiraLogin.token,
    },
  });

  assertEquals(code, 0, stderr);
  assertMatch(stdout, /PROJ-2/);
}

async function downloadsJob(run: RunByName): Promise<void> {
  await using place = await runSandbox();
  await place.rows([{ drive: place.putFile("a.pdf") }]);

  const { code, stderr } = await run("track-downloads", ["run", "--delay", "0ms"], {
    cwd: place.folder,
    env: environment(place),
  });

  assertEquals(code, 0, stderr);
  assertEquals(place.published(), ["a_row1_INFJ.pdf"]);
}

async function databaseJob(run: RunByName): Promise<void> {
  await using home = await temporaryFolder("database");
  const state = join(home.path, ".local/state/opsdeck");
  // Named outright, or root's server would live in /var/lib/opsdeck.
  const options = { cwd: home.path, env: { HOME: home.path, OPSDECK_HOME: state } };

  const before = await run("queue", ["status"], options);
  const started = await run("database", ["start", "--json"], options);
  const loaded = await run("sample-requests", ["--json"], options);
  const found = await run("find-requests", ["--type", "PSAT", "--json"], options);
  const stopped = await run("database", ["stop"], options);

  assertEquals(before.code, 2);
  assertMatch(before.stderr, /start it with: database start\n$/);
  for (const { code, stdout, stderr } of [started, loaded, found, stopped]) {
    assertEquals(code, 0, stdout + stderr);
  }
}

async function settingsJob(run: RunByName): Promise<void> {
  await using home = await temporaryFolder("settings");
  const options = { cwd: home.path, env: { HOME: home.path, GLOBAL_MAX_RETRIES: "7" } };

  const completion = await run("completion", ["bash"], options);
  const settings = await run("show-config", ["queue", "--json"], options);
  const doctor = await run("doctor", ["--only", "deno,permissions,state", "--json"], options);

  assertEquals(completion.code, 0, completion.stderr);
  assertStringIncludes(completion.stdout, "claim-batch");
  assertStringIncludes(settings.stdout, "GLOBAL_MAX_RETRIES");
  assertEquals(Object(doctor.json()).exit_code, doctor.code, doctor.stderr);
}
