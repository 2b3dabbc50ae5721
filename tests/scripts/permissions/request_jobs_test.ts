import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { ScriptResult } from "../../support/run_script.ts";
import { type WorkflowSandbox, workflowSandbox } from "../workflow_sandbox.ts";
import { proveJob } from "./prove_job.ts";
import { relay } from "./relay.ts";

const connection = "DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING";
const done = ({ code, stderr }: ScriptResult) => assertEquals(code, 0, stderr);

/** Two requests with files, and what the lines list of the network. */
async function sandboxWithFiles() {
  const sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  const database = new URL(sandbox.env[connection] ?? "").host;
  return Object.assign(sandbox, { database, sftp: `127.0.0.1:${sandbox.server.port}` });
}

/** District 55 has a server of its own, one in the environment and one in the file. */
async function withOtherServers(sandbox: WorkflowSandbox) {
  await Deno.writeTextFile(
    join(sandbox.folder, "opsdeck.toml"),
    `[development.district_56]\nsftp_host = "fd00::56"\nsftp_port = 2256\n`,
  );
  const env = {
    ...sandbox.env,
    DEVELOPMENT_DISTRICT_55_SFTP_HOST: "sftp55.invalid",
    DEVELOPMENT_DISTRICT_57_SFTP_PORT: "2257",
    PRODUCTION_DISTRICT_58_SFTP_HOST: "of-another-environment.invalid",
  };
  return { folder: sandbox.folder, env };
}

Deno.test("find-requests, rerun and monitor-integrations do their jobs under both permissions", async () => {
  await using sandbox = await sandboxWithFiles();
  const net = [sandbox.database];

  await proveJob(sandbox, {
    script: "find-requests",
    args: ["--district", "7", "--ids"],
    failsOffline: true,
    net,
    check: ({ stdout }) => assertEquals(stdout, "1\n"),
  });
  await proveJob(sandbox, { script: "rerun", args: ["1", "--delete-checksums"], net, check: done });
  await proveJob(sandbox, {
    script: "monitor-integrations",
    args: ["--html", "report.html"],
    failsOffline: true,
    net,
    prepare: () => Deno.remove(join(sandbox.folder, "report.html")).catch(() => {}),
    async check(result) {
      done(result);
      assertMatch(await Deno.readTextFile(join(sandbox.folder, "report.html")), /^<!doctype/);
    },
  });
});

Deno.test("restore-files and download-files list the servers of all districts that are configured", async () => {
  await using sandbox = await sandboxWithFiles();
  const place = await withOtherServers(sandbox);
  const port = sandbox.server.port;
  const net = [
    sandbox.database,
    sandbox.sftp,
    `sftp55.invalid:${port}`,
    "[fd00::56]:2256",
    "127.0.0.1:2257",
  ];

  await proveJob(place, {
    script: "restore-files",
    args: ["1", "2", "--json"],
    failsOffline: true,
    net,
    prepare: () => sandbox.place.clear("in"),
    check: (result) => assertEquals(Object(result.json()).counts, { restored: 2 }, result.stderr),
  });
  await proveJob(place, {
    script: "download-files",
    args: ["1", "--to", "files", "--force"],
    net,
    prepare: () => Deno.remove(join(sandbox.folder, "files"), { recursive: true }).catch(() => {}),
    async check(result) {
      done(result);
      assertEquals(await Deno.readTextFile(join(sandbox.folder, "files/1_a.csv")), "a.csv");
    },
  });
});

Deno.test("refresh-districts and bulk-download list the servers of the districts that are named", async () => {
  await using sandbox = await sandboxWithFiles();
  const place = await withOtherServers(sandbox);
  const net = [sandbox.database, sandbox.sftp];

  await proveJob(place, {
    script: "refresh-districts",
    args: ["7", "--type", "SAT"],
    failsOffline: true,
    net,
    prepare: () => sandbox.place.clear("in"),
    check: done,
  });
  await proveJob(place, {
    script: "bulk-download",
    args: ["--type", "SAT", "--district", "7", "--local-dir", "all"],
    net,
    prepare: () => Deno.remove(join(sandbox.folder, "all"), { recursive: true }).catch(() => {}),
    check: done,
  });
  await proveJob(place, { script: "bulk-download", args: ["--runs"], net: [], check: done });
  await Deno.writeTextFile(join(sandbox.folder, "districts.txt"), "55\n");
  const [fromFile, noRestore, resumed] = await Promise.all([
    sandbox.run("refresh-districts", ["--file", "districts.txt", "--print-permissions"], place),
    sandbox.run("refresh-districts", ["7", "--no-restore", "--print-permissions"], place),
    sandbox.run(
      "refresh-districts",
      ["--resume", "20261121-030405-1a2b3c", "--print-permissions"],
      place,
    ),
  ]);
  const { port } = sandbox.server;
  assertStringIncludes(fromFile.stdout, ` --allow-net=${sandbox.database},sftp55.invalid:${port} `);
  assertStringIncludes(noRestore.stdout, ` --allow-net=${sandbox.database} `);
  assert(!noRestore.stdout.includes("/tmp "), noRestore.stdout);
  assertStringIncludes(resumed.stdout, "sftp55.invalid");
});

Deno.test("--resume is permitted the places that its run began with", async () => {
  await using sandbox = await sandboxWithFiles();
  const { folder: path, env } = sandbox;
  const elsewhere = join(path, "..", "elsewhere");
  await Deno.mkdir(elsewhere);
  const place = { folder: path, env, permissions: () => [`--allow-write=${elsewhere}`] };
  const start = async (script: string, args: string[]): Promise<string> => {
    const permissions = [`--allow-read=${path},${elsewhere}`, `--allow-write=${path},${elsewhere}`];
    const result = await sandbox.run(script, [...args, "--json"], { permissions });
    done(result);
    return Object(result.json()).data.run_id;
  };
  const bulk = await start("bulk-download", ["--type", "SAT", "--local-dir", "all"]);
  const refresh = await start("refresh-districts", ["7", "--type", "SAT", "--temp-dir", elsewhere]);
  await Deno.mkdir(join(path, "pages"));
  const monitoring = await start("monitor-integrations", ["--html", "pages/report.html"]);
  const net = [sandbox.database, sandbox.sftp];

  await proveJob(sandbox, {
    script: "bulk-download",
    args: ["--resume", bulk],
    net,
    prepare: () => Deno.remove(join(path, "all"), { recursive: true }).catch(() => {}),
    check: done,
  });
  await proveJob(sandbox, {
    script: "monitor-integrations",
    args: ["--resume", monitoring],
    net: [sandbox.database],
    check: done,
  });
  await proveJob(place, {
    script: "refresh-districts",
    args: ["--resume", refresh],
    net,
    check: done,
  });
  const printed = await Promise.all([
    sandbox.run("bulk-download", ["--resume", bulk, "--print-permissions"]),
    sandbox.run("monitor-integrations", ["--resume", monitoring, "--print-permissions"]),
    sandbox.run("refresh-districts", ["--resume", refresh, "--print-permissions"]),
  ]);
  const [, runs] = / --allow-write=(.*?),/.exec(printed[0]?.stdout ?? "") ?? [];
  assertEquals(
    printed.map(({ stdout }) => / --allow-write=(\S+)/.exec(stdout)?.[1]?.replace(`${runs},`, "")),
    [join(path, "all"), join(path, "pages"), `${join(runs ?? "", "../restores")},${elsewhere}`],
  );
});

Deno.test("restore-files --accept-new-host-key may record the key under the line that it prints", async () => {
  await using sandbox = await sandboxWithFiles();
  const { DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: _pinned, ...env } = sandbox.env;

  await proveJob({ folder: sandbox.folder, env }, {
    script: "restore-files",
    args: ["1", "--accept-new-host-key", "--json"],
    net: [sandbox.database, sandbox.sftp],
    prepare: async () => {
      await sandbox.place.clear("in");
      await Deno.remove(join(sandbox.folder, "home/.local"), { recursive: true }).catch(() => {});
    },
    check: (result) => assertEquals(Object(result.json()).counts, { restored: 1 }, result.stderr),
  });
});

Deno.test("a server is reached by name, by IPv6 and by Unix socket under the line that is printed", async () => {
  await using sandbox = await sandboxWithFiles();
  const url = new URL(sandbox.env[connection] ?? "");
  await using folder = new AsyncDisposableStack();
  const six = Deno.listen({ hostname: "::1", port: 0 });
  const socket = join(sandbox.folder, ".s.PGSQL.5432");
  folder.use(relay(six, Number(url.port)));
  folder.use(relay(Deno.listen({ transport: "unix", path: socket }), Number(url.port)));
  const login = `postgresql://${url.username}:${url.password}`;
  const ways: [string, string][] = [
    [`${login}@localhost:${url.port}${url.pathname}`, `localhost:${url.port}`],
    [`${login}@[::1]:${six.addr.port}${url.pathname}`, `[::1]:${six.addr.port}`],
    [`${login}@${url.pathname}?host=${encodeURIComponent(sandbox.folder)}`, `unix:${socket}`],
  ];
  for (const [string, address] of ways) {
    const place = {
      folder: sandbox.folder,
      env: { ...sandbox.env, [connection]: string },
      // Deno asks for it at a socket, and the script writes nothing else.
      permissions: () => [`--allow-write=${socket}`],
    };
    await proveJob(place, {
      script: "find-requests",
      args: ["--district", "7", "--ids"],
      net: [address],
      check: ({ stdout, stderr }) => assertEquals([stdout, stderr], ["1\n", ""]),
    });
  }
});

Deno.test("SQL Server is reached by name, by address and by IPv6 under the line that is printed", async () => {
  await using sandbox = await workflowSandbox("sqlserver");
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const string = sandbox.env[connection] ?? "";
  const [, port = ""] = /127\.0\.0\.1,(\d+)/.exec(string) ?? [];
  const six = Deno.listen({ hostname: "::1", port: 0 });
  await using _relay = relay(six, Number(port));
  const ways: [string, string][] = [
    [string, `127.0.0.1:${port}`],
    [string.replace("127.0.0.1,", "localhost,"), `localhost:${port}`],
    [string.replace(`127.0.0.1,${port}`, `::1,${six.addr.port}`), `[::1]:${six.addr.port}`],
  ];
  for (const [string, address] of ways) {
    await proveJob({ folder: sandbox.folder, env: { ...sandbox.env, [connection]: string } }, {
      script: "find-requests",
      args: ["--district", "7", "--ids"],
      net: [address],
      check: ({ stdout, stderr }) => assertEquals([stdout, stderr], ["1\n", ""]),
    });
  }
});
