import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runSandbox } from "../../downloads/run_sandbox.ts";
import { jiraLogin, startJiraServer } from "../../fakes/jira_server.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { embeddedSftpServer } from "../../support/embedded_sftp_server.ts";
import { runScript, type ScriptResult } from "../../support/run_script.ts";
import { sftpEnvironment } from "../../support/sftp_client_config.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { environment, polite } from "../track_downloads_sandbox.ts";
import { proveJob } from "./prove_job.ts";

const done = ({ code, stderr }: ScriptResult) => assertEquals(code, 0, stderr);

async function emptyPlace(settings: Record<string, string> = {}) {
  const temporary = await temporaryFolder("job");
  const folder = join(await Deno.realPath(temporary.path), "a folder");
  await Deno.mkdir(join(folder, "home"), { recursive: true });
  return {
    folder,
    env: { HOME: join(folder, "home"), ...settings },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

Deno.test("jira-batch does its jobs under its own permissions, and under the lines that it prints", async () => {
  await using server = startJiraServer();
  await using place = await emptyPlace({
    DEVELOPMENT_WORK_JIRA_URL: server.url,
    DEVELOPMENT_WORK_JIRA_EMAIL: jiraLogin.email,
    DEVELOPMENT_WORK_JIRA_API_TOKEN: jiraLogin.token,
    DEVELOPMENT_GLOBAL_JIRA_URL: "https://not-asked.invalid",
  });
  const profile = ["--profile", "work"];
  const net = [new URL(server.url).host];
  await Deno.writeTextFile(
    join(place.folder, "requests.ndjson"),
    `{"id":"a","method":"GET","endpoint":"/rest/api/3/issue/PROJ-1"}\n`,
  );

  await proveJob(place, {
    script: "jira-batch",
    args: ["fetch", "PROJ-1", "--cache", "off", ...profile],
    failsOffline: true,
    net,
    check: ({ stdout }) => assertEquals(JSON.parse(stdout).key, "PROJ-1"),
  });
  await proveJob(place, {
    script: "jira-batch",
    args: ["run", "requests.ndjson", ...profile, "--restart"],
    net,
    check: done,
  });
  await proveJob(place, {
    script: "jira-batch",
    args: ["cache", "stats"],
    net: [],
    check: done,
  });
});

Deno.test("track-downloads does its jobs under its own permissions, and under the lines that it prints", async () => {
  await using sandbox = await runSandbox();
  const place = { folder: sandbox.folder, env: environment(sandbox) };
  const net = [sandbox.drive.url.host];

  await proveJob(place, {
    script: "track-downloads",
    args: ["run", "--type", "drive", ...polite],
    failsOffline: true,
    net,
    prepare: async () => {
      await Deno.remove(sandbox.downloads, { recursive: true }).catch(() => {});
      await sandbox.rows([{ drive: sandbox.putFile("a.pdf") }]);
    },
    check(result) {
      done(result);
      assertEquals(sandbox.published(), ["a_row1_INFJ.pdf"]);
    },
  });
  await proveJob(place, {
    script: "track-downloads",
    args: ["validate-csv", "output.csv"],
    net: [],
    check: done,
  });
  await proveJob(place, {
    script: "track-downloads",
    args: ["monitor", "report", "--html", "report.html"],
    net: [],
    check: done,
  });
  await proveJob(place, {
    script: "track-downloads",
    args: ["validate-environment", "--json"],
    net: [],
    run: ["yt-dlp", "kill"],
    check: ({ stdout }) => assertStringIncludes(stdout, `"problems"`),
  });
});

Deno.test("track-downloads lists the program of YTDLP_PATH and, for Drive, Google's hosts", async () => {
  await using place = await emptyPlace({ YTDLP_PATH: "/opt/yt-dlp/yt-dlp" });
  const line = async (...args: string[]) => {
    const options = { cwd: place.folder, env: place.env };
    const { stdout } = await runScript(
      "track-downloads",
      [...args, "--print-permissions"],
      options,
    );
    return stdout;
  };

  const [both, drive] = await Promise.all([line("run"), line("run", "--type", "drive")]);

  assertStringIncludes(both, " --allow-run=/opt/yt-dlp/yt-dlp,kill ");
  assertEquals([both.includes("--allow-net"), drive.includes("--allow-run")], [false, false]);
  assertStringIncludes(
    drive,
    "drive.google.com:443,docs.google.com:443,*.googleusercontent.com:443",
  );
});

Deno.test("doctor lists the servers and files of what it checks, wherever they are", async () => {
  await using server = await embeddedSftpServer();
  await using jira = startJiraServer();
  await using elsewhere = await temporaryFolder("files");
  const file = async (name: string, text: string) => {
    const path = join(await Deno.realPath(elsewhere.path), name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const key = await file("key", await Deno.readTextFile(server.privateKeyPath));
  const known = await file("known", `[127.0.0.1]:${server.port} ${server.hostPublicKey}\n`);
  const token = await file("token", jiraLogin.token);
  await makeCertificates(elsewhere.path);
  const authorities = join(await Deno.realPath(elsewhere.path), "ca.pem");
  await using place = await emptyPlace({
    ...sftpEnvironment(server, "acme"),
    DEVELOPMENT_ACME_SFTP_HOST_KEY: "",
    DEVELOPMENT_ACME_SFTP_PRIVATE_KEY: key,
    DEVELOPMENT_ACME_SFTP_KNOWN_HOSTS: known,
    DEVELOPMENT_WORK_JIRA_URL: jira.url,
    DEVELOPMENT_WORK_JIRA_EMAIL: jiraLogin.email,
    DEVELOPMENT_WORK_JIRA_API_TOKEN_FILE: token,
    DEVELOPMENT_WORK_JIRA_CA_FILE: authorities,
    DEVELOPMENT_GLOBAL_DOC_AI_API_URL: "https://not-asked.invalid",
  });
  const wide = { ...place, permissions: () => [`--allow-read=${elsewhere.path}`] };

  await proveJob(wide, {
    script: "doctor",
    args: ["--only", "sftp", "--project", "acme", "--json"],
    net: [`127.0.0.1:${server.port}`],
    check: ({ stdout }) => assertMatch(stdout, /"subject": "acme",\s+"status": "ok"/),
  });
  await proveJob(wide, {
    script: "doctor",
    args: ["--only", "jira", "--profile", "work", "--json"],
    net: [new URL(jira.url).host],
    check: ({ stdout }) => assertMatch(stdout, /"subject": "work",\s+"status": "ok"/),
  });
  const line = async (...args: string[]) => {
    const options = { cwd: place.folder, env: place.env, permissions: wide.permissions() };
    return (await runScript("doctor", [...args, "--print-permissions"], options)).stdout;
  };
  const [sftp, both, unset, unknown] = await Promise.all([
    line("--only", "sftp", "--project", "acme"),
    line("--only", "sftp,jira", "--project", "acme", "--profile", "work"),
    line("--only", "api"),
    line("--only", "jira", "--profile", "nobody"),
  ]);
  for (const path of [key, known]) assertStringIncludes(sftp, path);
  for (const path of [key, known, token, authorities]) assertStringIncludes(both, path);
  assertEquals([sftp.includes(token), sftp.includes("not-asked")], [false, false]);
  // The API has no secret, so that it is not called.
  assertStringIncludes(unset, " --deny-net ");
  assertEquals(unknown.includes("-net"), false, "the hosts of the set");
});

Deno.test("completion, show-config, doctor and compile do their jobs under both permissions", async () => {
  await using place = await emptyPlace();

  await proveJob(place, {
    script: "completion",
    args: ["bash"],
    net: [],
    check: ({ stdout }) => assertStringIncludes(stdout, "claim-batch"),
  });
  await proveJob(place, { script: "show-config", args: ["queue"], net: [], check: done });
  await proveJob(place, {
    script: "doctor",
    args: ["--only", "deno,state", "--json"],
    net: [],
    check: ({ stdout }) => assertStringIncludes(stdout, `"check": "deno"`),
  });
  await proveJob(place, {
    script: "compile",
    args: ["queue", "--dry-run", "--json"],
    net: ["dl.deno.land:443"],
    run: ["deno", "gzip", "tar"],
    check: done,
  });
});
