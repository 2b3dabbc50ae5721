import { existsSync } from "node:fs";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { compilableScripts } from "../../lib/binaries/mod.ts";
import { runScript } from "../support/run_script.ts";
import { killTree } from "../support/process_tree.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import { jobs } from "./executable_jobs.ts";
import { waitFor } from "../support/wait_for.ts";
import { queueSandbox } from "../scripts/queue_sandbox.ts";
import {
  namesIn,
  runExecutable,
  type RunExecutableOptions,
  startExecutable,
} from "./run_executable.ts";

// All executables are built once, into a folder with a blank in its name, and unpack into one cache.
let temporary: TemporaryFolder;
const place = () => join(temporary.path, "a folder");
const path = (name: string) => join(place(), "dist", name);

Deno.test.beforeAll(async () => {
  temporary = await temporaryFolder("executables");
  await Deno.mkdir(place());
  const built = await runScript("compile", ["--launcher", "--json"], {
    cwd: place(),
    timeoutMs: 300_000,
  });
  assertEquals(built.code, 0, built.stderr);
});

Deno.test.afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

function run(name: string, args: readonly string[], options: RunExecutableOptions) {
  return runExecutable(path(name), args, {
    ...options,
    env: { XDG_CACHE_HOME: join(place(), "cache"), ...options.env },
  });
}

Deno.test("compile builds every script, and nothing else, in files that anybody may run", async () => {
  assertEquals(namesIn(place(), "dist"), compilableScripts());
  for (const name of compilableScripts()) {
    assertEquals(((await Deno.stat(path(name))).mode ?? 0) & 0o777, 0o755);
  }
});

Deno.test("every executable has a main job below", () => {
  const known = Object.keys(jobs).flatMap((names) => names.split(" ")).sort();
  assertEquals(known, compilableScripts());
});

for (const [names, job] of Object.entries(jobs)) {
  Deno.test(`the executables ${names} do their jobs without Deno and packages`, () => job(run));
}

Deno.test("every executable's --help and --version are its script's", async () => {
  for (const name of compilableScripts()) {
    const options = { cwd: place(), env: { HOME: place() } };
    const [help, version] = await Promise.all([
      run(name, ["--help"], options),
      run(name, ["--version"], options),
    ]);
    const [scriptHelp, scriptVersion] = await Promise.all([
      runScript(name, ["--help"]),
      runScript(name, ["--version"]),
    ]);

    assertEquals(help, { ...scriptHelp, json: help.json });
    assertEquals(version, { ...scriptVersion, json: version.json });
  }
});

Deno.test("arguments, stdin and the folder reach an executable as they are, however it is started", async () => {
  await using sandbox = await queueSandbox();
  const cwd = join(sandbox.folder, "here, with blank");
  await Deno.mkdir(cwd);
  await Deno.mkdir(join(cwd, "bin"));
  await Deno.symlink(path("queue"), join(cwd, "bin/link"));
  const flow = `a  *'"$HOME\\\né`;
  const text = '{"n":"é \\t *"}\n';
  // A variable of the launcher's own is not taken from, nor given to, anybody.
  const env = { ...sandbox.env, od_cache: "/nowhere", XDG_CACHE_HOME: join(place(), "cache") };
  await Deno.writeTextFile(join(cwd, "r.ndjson"), text);

  const results = [
    await runExecutable(path("queue"), ["add", "--flow", flow], { cwd, env, stdin: text }),
    await runExecutable(join(cwd, "bin/link"), ["add", "--flow", flow, "--file", "r.ndjson"], {
      cwd,
      env,
    }),
    await runExecutable("/bin/sh", [
      "-c",
      'PATH=$PWD/bin:$PATH; link "$@" <r.ndjson',
      "sh",
      "add",
      "--flow",
      flow,
    ], { cwd, env }),
    await runExecutable("/bin/sh", ["queue", "status", "--flow", flow, "--json"], {
      cwd: join(place(), "dist"),
      env,
    }),
  ];

  for (const { code, stderr } of results) assertEquals([code, stderr], [0, ""]);
  const rows = await sandbox.database.sql`select flow_name, payload from processing_queue`;
  assertEquals(rows.length, 3);
  for (const row of rows) assertEquals(row["flow_name"], flow);
});

Deno.test("an executable may do what its script may, and no more", async () => {
  await using sandbox = await queueSandbox();
  await sandbox.write(".env", "GLOBAL_FROM_FILE=seen\nUNRELATED_SECRET=hidden\n");
  await sandbox.write(
    "handler.ts",
    `const tries = {
       read: () => Deno.readTextFileSync("/etc/passwd"),
       list: () => Deno.readDirSync("/etc"),
       write: () => Deno.writeTextFileSync("/tmp/opsdeck-refused", ""),
       writeHere: () => Deno.writeTextFileSync("refused", ""),
       run: () => new Deno.Command("/bin/true").outputSync(),
       ffi: () => Deno.dlopen("libc.so.6", {}),
       sys: () => Deno.networkInterfaces(),
     };
     const names = (work: () => unknown) => {
       try { work(); return "allowed"; } catch (error) { return (error as Error).name; }
     };
     export default () => ({
       file: Deno.env.get("GLOBAL_FROM_FILE") ?? null,
       unrelated: Deno.env.get("UNRELATED_SECRET") ?? Deno.env.get("OTHER") ?? null,
       ...Object.fromEntries(Object.entries(tries).map(([name, work]) => [name, names(work)])),
     });`,
  );
  await sandbox.fill("f", 1);

  const result = await run("claim-batch", ["--flow", "f", "--handler", "handler.ts"], {
    cwd: sandbox.folder,
    env: { ...sandbox.env, OTHER: "x" },
  });
  const missing = await run("queue", ["add", "--flow", "f", "--file", "/etc/passwd"], {
    cwd: sandbox.folder,
    env: sandbox.env,
  });

  assertEquals([result.code, result.stderr], [0, ""]);
  const [row] = await sandbox.database.sql`select result from processing_queue`;
  const refused = ["read", "list", "write", "writeHere", "run", "ffi", "sys"];
  assertEquals(row?.["result"], {
    file: "seen",
    unrelated: null,
    ...Object.fromEntries(refused.map((name) => [name, "NotCapable"])),
  });
  assertEquals(missing.code, 2);
  assertMatch(
    missing.stderr,
    /^Error: .*no read permission for "\/etc\/passwd"; this executable's permissions are baked in: --print-permissions lists them\n$/,
  );
});

Deno.test("an executable ends by the signals as its script does", async () => {
  await using sandbox = await queueSandbox();
  await sandbox.write(
    "handler.ts",
    `export default async () => {
       await Deno.stdout.write(new TextEncoder().encode("started"));
       while (!(await Deno.stat(new URL("open", import.meta.url)).catch(() => null))) {
         await new Promise((resolve) => setTimeout(resolve, 10));
       }
     };`,
  );
  await sandbox.fill("f", 3);
  const child = startExecutable(
    path("claim-batch"),
    ["--flow", "f", "--handler", "handler.ts", "--drain"],
    { cwd: sandbox.folder, env: { ...sandbox.env, XDG_CACHE_HOME: join(place(), "cache") } },
  );
  const reader = child.stdout.getReader();
  await reader.read();

  child.kill("SIGTERM");
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await errors.read();
    if (done) break;
    said += value;
  }
  await sandbox.write("open", "");
  const { code, signal } = await child.status;
  await Promise.all([reader.cancel(), errors.cancel()]);

  assertEquals([code, signal], [143, null]);
  assertMatch(said, /^Stopping after the work in hand/);
  assertEquals((await sandbox.counts("f"))["processing"], undefined);
});

/** A home of a test's own, into which an executable unpacks. */
async function freshHome() {
  const home = await temporaryFolder("unpacking");
  const cache = join(home.path, ".cache/opsdeck");
  const options = { cwd: home.path, env: { HOME: home.path } };
  return {
    path: home.path,
    cache,
    options,
    version: () => runExecutable(path("queue"), ["--version"], options),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** What an executable leaves in a cache folder: no temporary files. */
function assertWhole(cache: string): void {
  const [app, appStamp, deno, denoStamp, ...rest] = namesIn(cache);
  assertMatch(`${app} ${appStamp}`, /^(app-[0-9a-f]{64}) \1\.used$/);
  assertMatch(`${deno} ${denoStamp}`, /^(deno-[0-9a-f]{64}) \1\.used$/);
  assertEquals(rest.filter((name) => name !== "lock"), []);
}

Deno.test("many first starts at once unpack once, and all run", async () => {
  await using home = await freshHome();

  const results = await Promise.all(Array.from({ length: 10 }, home.version));

  for (const { code, stdout, stderr } of results) {
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^queue \d/);
  }
  assertWhole(home.cache);
  assertEquals(((await Deno.stat(home.cache)).mode ?? 0) & 0o777, 0o700);
});

Deno.test("a start killed while it unpacks leaves nothing that the next one does not mend", async () => {
  await using home = await freshHome();
  const child = startExecutable(path("queue"), ["--version"], home.options);
  await waitFor(() => namesIn(home.cache).some((name) => name.startsWith("new.")), {
    what: "the temporary folder",
  });
  killTree(child.pid);
  await child.output();
  const left = namesIn(home.cache);

  const next = await home.version();
  await Deno.remove(join(home.cache, namesIn(home.cache)[0] ?? "", "queue.js"));
  const mended = await home.version();

  assert(left.some((name) => name.startsWith("new.")), left.join(" "));
  assertEquals([next.code, next.stderr], [0, ""]);
  assertEquals([mended.code, mended.stderr], [0, ""]);
  assertWhole(home.cache);
});

async function flipByte(path: string, place: number): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  await file.seek(place, Deno.SeekMode.Start);
  await file.read(byte);
  await file.seek(place, Deno.SeekMode.Start);
  await file.write(byte.map((value) => value ^ 1));
}

Deno.test("a damaged executable says so in one line, exits 69, and leaves nothing", async () => {
  await using home = await freshHome();
  const damaged = join(home.path, "queue");
  await Deno.copyFile(path("queue"), damaged);
  const size = (await Deno.stat(damaged)).size;
  const text = new TextDecoder().decode((await Deno.readFile(damaged)).subarray(0, 10_000));
  const [appBytes, denoBytes] = ["app", "deno"]
    .map((part) => Number(new RegExp(`^od_${part}_bytes=(\\d+)$`, "m").exec(text)?.[1]));
  assert(appBytes !== undefined && denoBytes !== undefined && appBytes + denoBytes < size);

  // In the middle of the runtime, and of the script.
  const inApp = size - denoBytes - Math.floor(appBytes / 2);
  for (const place of [size - Math.floor(denoBytes / 2), inApp]) {
    await flipByte(damaged, place);
    const { code, stdout, stderr } = await runExecutable(damaged, ["--version"], home.options);
    await flipByte(damaged, place);

    assertEquals([code, stdout], [69, ""]);
    assertEquals(
      stderr,
      `Error: Cannot run "${damaged}" as this file is damaged; copy it here again\n`,
    );
    assertEquals(namesIn(home.cache).filter((name) => /^(new|app)/.test(name)), []);
  }
});

Deno.test("a cache folder that is not one's own, no folder, or full is passed over", async () => {
  await using home = await freshHome();
  await using spare = await temporaryFolder("spare");
  await Deno.chmod(spare.path, 0o777);
  const env = { HOME: home.path, TMPDIR: spare.path };
  const isRoot = Deno.uid() === 0;
  const inSpare = () => namesIn(spare.path, `opsdeck-${Deno.uid()}`);
  // As root the folder is another user's, else it cannot be made.
  const folder = isRoot ? home.cache : dirname(home.cache);
  await Deno.mkdir(folder, { recursive: true });
  if (isRoot) await Deno.chown(folder, 65534, 65534);
  else await Deno.chmod(folder, 0o500);
  await Deno.writeTextFile(join(home.path, "file"), "");

  const passed = await runExecutable(path("queue"), ["--version"], {
    cwd: home.path,
    env: { ...env, XDG_CACHE_HOME: join(home.path, "file") },
  });
  const foreign = namesIn(home.cache);
  const unpacked = inSpare();
  await Deno.remove(spare.path, { recursive: true });
  // The last resorts have fixed names.
  const made = ["/var/tmp", "/dev/shm"].map((folder) => join(folder, `opsdeck-${Deno.uid()}`))
    .filter((folder) => !existsSync(folder));
  const full = await runExecutable(
    "/bin/sh",
    ["-c", 'ulimit -f 20000; exec "$@"', "sh", path("queue"), "--version"],
    { cwd: home.path, env: { ...env, PATH: "/usr/bin:/bin" } },
  );
  for (const folder of made.filter((path) => existsSync(path))) {
    await Deno.remove(folder, { recursive: true });
  }

  assertEquals([passed.code, passed.stderr], [0, ""]);
  assertEquals([foreign, unpacked.length > 0], [[], true]);
  assertEquals([full.code, full.stdout], [69, ""]);
  assertMatch(full.stderr, /^Error: Cannot unpack .*; set XDG_CACHE_HOME to one\n$/);
});

Deno.test("a cache folder that others may write into is passed over, and nothing in it is run", async () => {
  await using home = await freshHome();
  await using spare = await temporaryFolder("spare");
  const env = { HOME: home.path, TMPDIR: spare.path };
  const filled = await runExecutable(path("queue"), ["--version"], { cwd: home.path, env });
  const [app = ""] = namesIn(home.cache);
  await Deno.writeTextFile(join(home.cache, app, "queue.js"), "console.log('planted')");

  const results = [];
  for (const mode of [0o720, 0o702]) {
    await Deno.chmod(home.cache, mode);
    results.push(await runExecutable(path("queue"), ["--version"], { cwd: home.path, env }));
  }
  const unpacked = namesIn(spare.path, `opsdeck-${Deno.uid()}`);

  for (const { code, stdout } of [filled, ...results]) {
    assertEquals([code, stdout], [0, filled.stdout]);
  }
  assertEquals(unpacked.includes(app), true);
});

Deno.test({
  name: "an XDG_CACHE_HOME of another user is not filled",
  // Only root can give a folder away.
  ignore: Deno.uid() !== 0,
  async fn() {
    await using home = await freshHome();
    const foreign = join(home.path, "foreign");
    await Deno.mkdir(foreign);
    await Deno.chown(foreign, 65534, 65534);

    const { code } = await runExecutable(path("queue"), ["--version"], {
      cwd: home.path,
      env: { HOME: home.path, XDG_CACHE_HOME: foreign },
    });

    // Deno has a folder of its own there.
    assertEquals([code, namesIn(foreign, "opsdeck")], [0, []]);
    assertWhole(home.cache);
  },
});

Deno.test("files that are empty after a power loss, or gone, are unpacked again", async () => {
  await using home = await freshHome();
  const start = (name: string) => runExecutable(path(name), ["--version"], home.options);
  await start("database");
  const [app = "", , deno = ""] = namesIn(home.cache);

  const cases = [
    ["database.js", Deno.truncate],
    ["dist/index.js", Deno.remove],
    ["native/bin/postgres", Deno.remove],
  ] as const;
  for (const [file, spoil] of cases) {
    const whole = (await Deno.stat(join(home.cache, app, file))).size;
    await spoil(join(home.cache, app, file));
    const { code, stderr } = await start("database");
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await Deno.stat(join(home.cache, app, file))).size, whole, file);
  }
  await Deno.truncate(join(home.cache, deno, "deno"));
  const { code, stderr } = await start("database");

  assertEquals([code, stderr], [0, ""]);
  assertWhole(home.cache);
});

Deno.test("without flock, a first start leaves what a faster one has unpacked", async () => {
  await using home = await freshHome();
  const bin = join(home.path, "bin");
  await Deno.mkdir(bin);
  const programs = "sh gzip tar tail head find mktemp sha256sum mkdir chmod mv rm sync id cat";
  for (const program of programs.split(" ")) {
    const found = ["/usr/bin", "/bin"].map((folder) => join(folder, program)).find(existsSync);
    await Deno.symlink(found ?? program, join(bin, program));
  }
  // Another start comes first while this one unpacks its script.
  await Deno.mkdir(join(home.path, "slow"));
  await Deno.writeTextFile(
    join(home.path, "slow/tar"),
    '#!/bin/sh\nPATH=$FAST "$OTHER" --version >&2 </dev/null || exit 1\n' +
      'stat -c %i "$CACHE"/app-*/queue.js "$CACHE"/deno-*/deno >"$HOME/faster"\nexec "$FAST/tar" "$@"\n',
    { mode: 0o755 },
  );
  await Deno.symlink("/usr/bin/stat", join(bin, "stat"));

  const { code, stderr } = await runExecutable(path("queue"), ["--version"], {
    cwd: home.path,
    env: {
      HOME: home.path,
      PATH: `${join(home.path, "slow")}:${bin}`,
      FAST: bin,
      OTHER: path("queue"),
      CACHE: home.cache,
    },
  });

  assertEquals([code, stderr], [0, ""]);
  const [app = "", , deno = ""] = namesIn(home.cache);
  const now = [join(app, "queue.js"), join(deno, "deno")]
    .map((file) => Deno.statSync(join(home.cache, file)).ino);
  const faster = (await Deno.readTextFile(join(home.path, "faster"))).trim().split("\n");
  assertEquals(now.map(String), faster);
  assertWhole(home.cache);
});

Deno.test("an INIT_CWD of somebody else does not misplace an executable's paths", async () => {
  await using sandbox = await queueSandbox();
  await sandbox.write("r.ndjson", '{"n":1}\n');

  const { code, stderr } = await run("queue", ["add", "--flow", "f", "--file", "r.ndjson"], {
    cwd: sandbox.folder,
    env: { ...sandbox.env, INIT_CWD: "/" },
  });

  assertEquals([code, stderr], [0, ""]);
  assertEquals(await sandbox.counts("f"), { pending: 1 });
});

Deno.test("the completion that an executable prints leaves deno alone, which has no task there", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await run("completion", [shell], {
      cwd: place(),
      env: { HOME: place() },
    });

    assertEquals(code, 0);
    assert(stdout.includes("claim-batch"));
    assert(!/^ *(complete -c deno\b|(complete|compdef) .* deno$)/m.test(stdout), shell);
    assert(!stdout.includes("db:start"), shell);
  }
});

Deno.test("unpacking removes versions that were not used for 30 days, and keeps others", async () => {
  await using home = await freshHome();
  const version = (letter: string) => `app-${letter.repeat(64)}`;
  for (const [letter, days] of [["a", 40], ["b", 5]] as const) {
    await Deno.mkdir(join(home.cache, version(letter)), { recursive: true, mode: 0o700 });
    const stamp = join(home.cache, `${version(letter)}.used`);
    await Deno.writeTextFile(stamp, "");
    const then = Date.now() / 1000 - days * 86_400;
    await Deno.utime(stamp, then, then);
  }
  await Deno.chmod(home.cache, 0o700);

  const { code, stderr } = await home.version();

  assertEquals([code, stderr], [0, ""]);
  const names = namesIn(home.cache);
  assertEquals(names.filter((name) => name.includes(version("a"))), []);
  assertEquals(names.filter((name) => name.includes(version("b"))).length, 2);
});

Deno.test({
  name: "an executable works for an ordinary user, without a home too",
  // Only root can become somebody else; otherwise all tests here are an ordinary user's.
  ignore: Deno.uid() !== 0,
  async fn() {
    await using folder = await temporaryFolder("nobody");
    await Deno.chmod(folder.path, 0o777);
    const options = { cwd: folder.path, uid: 65534 };
    const copy = join(folder.path, "queue");
    await Deno.copyFile(path("queue"), copy);

    const cold = await runExecutable(copy, ["--version"], {
      ...options,
      env: { TMPDIR: folder.path },
    });
    const again = await runExecutable(copy, ["--version"], {
      ...options,
      env: { TMPDIR: folder.path, HOME: "/nonexistent" },
    });

    assertEquals([cold.code, cold.stderr], [0, ""]);
    assertEquals([again.code, again.stderr], [0, ""]);
    assertWhole(join(folder.path, "opsdeck-65534"));
  },
});

Deno.test("the help of an executable names what is baked in, in place of a command", async () => {
  const options = { cwd: place(), env: { HOME: place() } };

  const text = await run("poll-sftp", ["--print-permissions"], options);
  const json = await run("poll-sftp", ["--print-permissions", "--json"], options);

  assertEquals(text.code, 0);
  assertStringIncludes(text.stdout, "These permissions are baked into this executable:\n");
  assertStringIncludes(text.stdout, "--allow-read=$PWD,");
  assert(Object(json.json()).baked_in.includes("--ignore-env"));
});
