import manifest from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { namesIn, runExecutable } from "../binaries/run_executable.ts";
import { absentTarget } from "../support/closed_port.ts";
import { packageFolder, runScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { connectionVariable, queueSandbox } from "./queue_sandbox.ts";

Deno.test("compile refuses scripts that it does not know, and words that hold for nothing", async () => {
  await using folder = await temporaryFolder("compile");
  const cases: [string[], RegExp][] = [
    [["queu"], /^Error: Cannot compile "queu" as there is no such script; scripts are bulk-/],
    [["quickstart"], /"quickstart" as it works on the files of the repository;/],
    [["--narrow"], /as --narrow holds for one script's arguments: 0 scripts are named; see --help/],
    [["queue", "--", "status"], /as arguments after -- hold for --narrow, which is not given;/],
    [
      ["queue", "--narrow", "--", "statsu"],
      /Cannot narrow "queue" as it does not tell what it needs \(unknown command "statsu"/,
    ],
  ];

  const results = await Promise.all(
    cases.map(([args]) => runScript("compile", args, { cwd: folder.path })),
  );

  for (const [index, { code, stdout, stderr }] of results.entries()) {
    assertEquals([code, stdout], [index === 4 ? 2 : 1, ""]);
    assertMatch(stderr, cases[index]?.[1] ?? /^$/);
  }
  assertEquals(namesIn(folder.path), []);
});

Deno.test("compile --dry-run says what would be baked in, and writes nothing", async () => {
  await using folder = await temporaryFolder("compile");
  const run = (...args: string[]) =>
    runScript("compile", ["queue", "jira-batch", "--dry-run", "--launcher", ...args], {
      cwd: folder.path,
    });

  const json = await run("--json");
  const text = await run("--out", "elsewhere");

  assertEquals([json.code, json.stderr], [0, ""]);
  const { executables: [queue, jira], dry_run } = Object(json.json());
  assertEquals([queue.script, queue.bytes, queue.kind, dry_run], ["queue", null, "launcher", true]);
  assertEquals(queue.path, join(folder.path, "dist/queue"));
  assert(queue.permissions.includes("--ignore-env"));
  assert(!jira.permissions.some((flag: string) => flag.startsWith("--allow-sys")));
  assertMatch(text.stdout, /elsewhere\/queue +- +launcher\n[^]*\nBuilt nothing\n$/);
  assertEquals(namesIn(folder.path), []);
});

Deno.test("compile bakes in every list of a script's permission set, what it denies included", async () => {
  await using folder = await temporaryFolder("compile");

  const { json } = await runScript("compile", ["--dry-run", "--launcher", "--json"], {
    cwd: folder.path,
  });

  const sets: Record<string, { env: { allow: string[]; deny?: string[] }; import: string[] }> =
    manifest.permissions;
  const { executables } = Object(json());
  for (const { script, permissions } of executables) {
    const { env, import: hosts } = sets[script] ?? { env: { allow: [] }, import: [] };
    const wanted = [
      `--allow-env=${env.allow.join(",")}`,
      ...(env.deny === undefined ? [] : [`--deny-env=${env.deny.join(",")}`]),
      `--allow-import=${hosts.join(",")}`,
    ];
    for (const flag of wanted) assert(permissions.includes(flag), `${script}: ${flag}`);
  }
  assert(
    executables.some(({ permissions }: { permissions: string[] }) =>
      permissions.some((flag) => flag.startsWith("--deny-env="))
    ),
  );
  const poller = executables.find(({ script }: { script: string }) => script === "poll-sftp");
  assert(poller.permissions.includes("--deny-write=$HOME/.local/state/opsdeck/postgresql"));
});

Deno.test("compile --narrow bakes in one configuration's hosts, and the executable reaches no other", async () => {
  await using place = await queueSandbox();
  await place.write(".env", `${connectionVariable}=${place.database.url}\n`);
  await place.fill("f", 2);
  const { port } = absentTarget();
  const build = await runScript(
    "compile",
    ["queue", "--narrow", "--launcher", "--json", "--", "status", "--flow", "f"],
    { cwd: place.folder, timeoutMs: 120_000 },
  );
  const run = (args: string[], env: Record<string, string> = {}) =>
    runExecutable(join(place.folder, "dist/queue"), args, {
      cwd: place.folder,
      env: { HOME: place.folder, ...env },
    });

  const status = await run(["status", "--flow", "f", "--json"]);
  const elsewhere = await run(["status"], {
    [connectionVariable]: `postgresql://u:p@127.0.0.1:${port}/x`,
  });

  assertEquals(build.code, 0, build.stderr);
  const [{ permissions }] = Object(build.json()).executables;
  assertStringIncludes(permissions.join(" "), `--allow-net=${new URL(place.database.url).host} `);
  assertEquals([status.code, status.stderr], [0, ""]);
  assertEquals(elsewhere.code, 2);
  assertStringIncludes(elsewhere.stderr, `no net permission for "127.0.0.1:${port}"`);
});

Deno.test("compile --narrow lets an executable read secrets and settings that lie elsewhere", async () => {
  await using place = await queueSandbox();
  await using elsewhere = await temporaryFolder("elsewhere");
  await using second = await temporaryFolder("second");
  const secret = join(elsewhere.path, "secret");
  const settings = join(elsewhere.path, "opsdeck.toml");
  await Deno.writeTextFile(secret, place.database.url);
  await Deno.writeTextFile(settings, '[global]\nLOG_LEVEL = "ERROR"\n');
  await place.fill("f", 2);
  const env = { HOME: place.folder, [`${connectionVariable}_FILE`]: secret };
  const args = ["queue", "--narrow", "--launcher", "--json", "--", "status", "--flow", "f"];

  const refused = await runScript("compile", args, {
    cwd: place.folder,
    env: { ...env, [`${connectionVariable}_FILE`]: join(elsewhere.path, "missing") },
  });
  const build = await runScript("compile", args, {
    cwd: place.folder,
    env: { ...env, OPSDECK_CONFIG: settings },
    permissions: [`--allow-read=${place.folder},${settings},${packageFolder()}`],
    timeoutMs: 120_000,
  });
  assertEquals(build.code, 0, build.stderr);
  const status = await runExecutable(
    join(place.folder, "dist/queue"),
    ["status", "--flow", "f", "--json"],
    { cwd: second.path, env: { ...env, HOME: second.path, OPSDECK_CONFIG: settings } },
  );

  assertEquals(refused.code, 2);
  assertMatch(refused.stderr, /missing" does not exist; correct the path\); mend that first\n$/);
  const [{ permissions }] = Object(build.json()).executables;
  const read = permissions.find((flag: string) => flag.startsWith("--allow-read="));
  assertStringIncludes(read, settings);
  assertStringIncludes(read, secret);
  assertEquals([status.code, status.stderr], [0, ""]);
  assertEquals(Object(status.json()).total_records, 2);
});

Deno.test("an executable of compile --narrow works in another folder, with the settings there", async () => {
  await using place = await queueSandbox();
  await using second = await temporaryFolder("second");
  await place.fill("f", 2);
  await place.write(
    "opsdeck.toml",
    `[global]\nRPA_DB_CONNECTION_STRING = "${place.database.url}"\n`,
  );
  await Deno.copyFile(join(place.folder, "opsdeck.toml"), join(second.path, "opsdeck.toml"));
  const build = await runScript(
    "compile",
    ["queue", "--narrow", "--launcher", "--json", "--", "status", "--flow", "f"],
    { cwd: place.folder, env: { HOME: place.folder }, timeoutMs: 120_000 },
  );
  assertEquals(build.code, 0, build.stderr);

  const { code, stderr, json } = await runExecutable(
    join(place.folder, "dist/queue"),
    ["status", "--flow", "f", "--json"],
    { cwd: second.path, env: { HOME: second.path } },
  );

  const [{ permissions }] = Object(build.json()).executables;
  assertStringIncludes(permissions.join(" "), "--allow-read=$PWD/opsdeck.toml");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(Object(json()).total_records, 2);
});

Deno.test("compile refuses a home folder with a comma, which deno compile could not be given", async () => {
  await using folder = await temporaryFolder("compile");

  const { code, stderr } = await runScript("compile", ["find-requests", "-q"], {
    cwd: folder.path,
    env: { DENORT_BIN: Deno.execPath(), HOME: join(folder.path, "a,b") },
    timeoutMs: 180_000,
  });

  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^Error: Cannot give Deno the path ".*\/a,b\/.*" as a comma ends its lists; /,
  );
  assertEquals(namesIn(folder.path, "dist"), []);
});

Deno.test("compile names the folder that is gone, rather than a program", async () => {
  await using folder = await temporaryFolder("compile");

  const { code, stderr } = await runScript(
    "compile",
    ["queue", "--narrow", "--dry-run", "--launcher", "--", "status"],
    { cwd: folder.path, env: { INIT_CWD: join(folder.path, "gone") } },
  );

  assertEquals(code, 2);
  assertMatch(stderr, /^Error: Cannot build executables as there is no folder ".*\/gone"; change/);
});

Deno.test("compile takes deno compile where DENORT_BIN is set, but for scripts that need a whole Deno", async () => {
  await using folder = await temporaryFolder("compile");
  const run = (args: string[], runtime: string) =>
    runScript("compile", [...args, "--json"], {
      cwd: folder.path,
      env: { DENORT_BIN: runtime },
      timeoutMs: 180_000,
    });

  const planned = await run(["claim-batch", "find-requests", "--dry-run"], "/missing");
  const failed = await run(["find-requests"], "/missing");
  const left = namesIn(folder.path, "dist");
  // Deno itself is no runtime, but deno compile takes it for one.
  const built = await run(["find-requests"], Deno.execPath());

  const { executables, compile_runtime } = Object(planned.json());
  const kinds = executables.map(({ kind }: { kind: string }) => kind);
  assertEquals([kinds, compile_runtime], [["launcher", "deno compile"], "DENORT_BIN"]);
  assertEquals([failed.code, left], [2, []]);
  assertMatch(failed.stderr, /Cannot compile "find-requests" as deno compile ended with 1: /);
  assertEquals(built.code, 0, built.stderr);
  const [executable] = Object(built.json()).executables;
  assertEquals(executable.kind, "deno compile");
  assertEquals((await Deno.stat(executable.path)).size, executable.bytes);
});

Deno.test("compile says which program is missing, and mends what a killed build left", async () => {
  await using folder = await temporaryFolder("compile");
  await Deno.mkdir(join(folder.path, "dist/.build/app"), { recursive: true });

  const { code, stderr } = await runScript("compile", ["queue", "-q", "--launcher"], {
    cwd: folder.path,
    env: { PATH: "/nonexistent" },
  });

  assertEquals(code, 2);
  assertMatch(stderr, /^Error: Cannot build executables as "deno" is not on PATH; install it\n$/);
  assertEquals(namesIn(folder.path, "dist"), []);
});
