import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { embeddedSftpServer } from "../../support/embedded_sftp_server.ts";
import { testDatabase } from "../../support/postgres_server.ts";
import { queueTemplate } from "../../support/queue_database.ts";
import { runScript, type ScriptResult } from "../../support/run_script.ts";
import { pollSandbox } from "../poll_sandbox.ts";
import { connectionVariable } from "../queue_sandbox.ts";
import { sftpSandbox } from "../sftp_sandbox.ts";
import { proveJob } from "./prove_job.ts";

const done = ({ code, stderr }: ScriptResult) => assertEquals(code, 0, stderr);

Deno.test("sftp-files does its jobs under its own permissions, and under the lines that it prints", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("outbox/a.csv");
  await place.local("out/b.csv");
  await place.local("out/deep/c.csv");
  const net = [`${server.host}:${server.port}`];
  const remove = (path: string) => Deno.remove(path, { recursive: true }).catch(() => {});

  await proveJob(place, {
    script: "sftp-files",
    args: ["ls", "/outbox"],
    failsOffline: true,
    net,
    check: ({ stdout }) => assertStringIncludes(stdout, "a.csv"),
  });
  await proveJob(place, {
    script: "sftp-files",
    args: ["get", "/outbox/a.csv", "--to", "got/here"],
    net,
    prepare: () => remove(join(place.folder, "got")),
    async check(result) {
      done(result);
      assertEquals(await place.files(join(place.folder, "got")), { "here/a.csv": "outbox/a.csv" });
    },
  });
  await proveJob(place, {
    script: "sftp-files",
    args: ["put", "out/b.csv", "out/**/c.*", "--to", "/inbox"],
    net,
    prepare: () => remove(join(server.root, "inbox")),
    async check(result) {
      done(result);
      assertEquals(Object.keys(await place.files(join(server.root, "inbox"))).length, 2);
    },
  });
  await proveJob(place, {
    script: "sftp-files",
    args: ["rm", "/outbox/a.csv"],
    net,
    prepare: () => place.remote("outbox/a.csv"),
    check: done,
  });
  const { stdout } = await place.run(["put", "out/b.csv", "*.txt", "--print-permissions"]);
  assertStringIncludes(stdout, `,${join(place.folder, "out/b.csv")},${place.folder} `);
});

Deno.test("sftp-files --accept-new-host-key may record the key under the line that it prints", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  const { DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: _pinned, ...env } = place.env;

  await proveJob({ folder: place.folder, env }, {
    script: "sftp-files",
    args: ["ls", "/", "--accept-new-host-key"],
    net: [`${server.host}:${server.port}`],
    prepare: () =>
      Deno.remove(join(place.folder, "home/.local"), { recursive: true }).catch(() => {}),
    check: ({ code, stderr }) => {
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, "Recorded the host key");
    },
  });
});

Deno.test("poll-sftp does its jobs under its own permissions, and under the lines that it prints", async () => {
  await using place = await pollSandbox();
  await using database = await testDatabase({ template: queueTemplate });
  const sftp = `127.0.0.1:${place.server.port}`;
  let count = 0;
  const prepare = () => place.upload(`${++count}.pdf`);
  const claimed = (result: ScriptResult) =>
    assertEquals(Object(result.json()).projects[0].acknowledged, 1, result.stderr);

  await proveJob(place, {
    script: "poll-sftp",
    args: ["--project", "acme", "--json"],
    net: [sftp, new URL(place.api.url).host],
    prepare,
    check: claimed,
  });
  await proveJob({
    folder: place.folder,
    env: { ...place.env, [connectionVariable]: database.url },
  }, {
    script: "poll-sftp",
    args: ["--project", "acme", "--enqueue", "documents", "--json"],
    net: [sftp, new URL(database.url).host],
    prepare,
    check: claimed,
  });
  await proveJob(place, { script: "poll-sftp", args: ["--status"], net: [], check: done });

  assertEquals(place.api.acceptedFiles().length, 2);
  const [row] = await database.sql`select count(*)::int from processing_queue`;
  assertEquals(row?.["count"], 2);
});

Deno.test("the host of the document API is in poll-sftp's line as a URL names it", async () => {
  await using place = await pollSandbox();
  const hosts = ["https://api.example", "http://[fd00::1]:8080/x", "https://api.example:8443/y"];

  const lines = await Promise.all(hosts.map(async (url) => {
    const { stdout } = await runScript("poll-sftp", ["--project", "acme", "--print-permissions"], {
      cwd: place.folder,
      env: { ...place.env, DEVELOPMENT_ACME_DOC_AI_API_URL: url },
    });
    return /--allow-net='?[^,]+,(\S+?)'? /.exec(stdout)?.[1];
  }));

  assertEquals(lines, ["api.example:443", "[fd00::1]:8080", "api.example:8443"]);
});
