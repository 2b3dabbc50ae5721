import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import parseArgv from "string-argv";
import { join } from "@std/path";
import { absentTarget } from "../support/closed_port.ts";
import { packageFolder, scriptPath, shebangArgs } from "../support/run_script.ts";
import { connectionVariable, queueSandbox } from "./queue_sandbox.ts";

const flow = "survey_processor";
const project = join(scriptPath("queue"), "../..");

/** Tries what a script must not do, and tells by what name it was refused. */
const attempts = `
const tries = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/opsdeck-refused", ""),
  writeHere: () => Deno.writeTextFileSync("refused", ""),
  run: () => new Deno.Command("/bin/true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  sys: () => Deno.networkInterfaces(),
  config: () => Deno.env.set("GLOBAL_BATCH_SIZE", "7") ?? "set",
};
function attempt() {
  const outcome = { variable: Deno.env.get("UNRELATED_SECRET") ?? null };
  for (const [name, work] of Object.entries(tries)) {
    try { work(); outcome[name] = "allowed"; } catch (error) { outcome[name] = error.name; }
  }
  return outcome;
}
`;
const refused = {
  variable: null,
  read: "NotCapable",
  write: "NotCapable",
  writeHere: "NotCapable",
  run: "NotCapable",
  ffi: "NotCapable",
  sys: "NotCapable",
  // A variable of opsdeck's own: it changes this process alone.
  config: "allowed",
};

Deno.test("a handler can do no more than claim-batch may", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", `${attempts}\nexport default attempt;\n`);
  await place.fill(flow, 1);

  const { code, stderr } = await place.claim(["--flow", flow, "--handler", "handler.ts"], {
    env: { UNRELATED_SECRET: "x" },
  });

  assertEquals([code, stderr], [0, ""]);
  const [row] = await place.database.sql`select result from processing_queue`;
  assertEquals(row?.["result"], refused);
});

Deno.test("what runs under queue's permissions can do no more than queue may", async () => {
  await using place = await queueSandbox();
  const probe = await place.write(
    "probe.ts",
    `${attempts}\nconsole.log(JSON.stringify(attempt()));`,
  );
  const [run = "run", ...flags] = shebangArgs(scriptPath("queue"), {
    ...place.env,
    PWD: place.folder,
  });

  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [run, "--config", join(project, "deno.json"), ...flags, probe],
    cwd: place.folder,
    env: { ...place.env, DENO_DIR: packageFolder(), UNRELATED_SECRET: "x" },
  }).output();

  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), refused);
});

Deno.test("--print-permissions prints a line that does the job and reaches no other host", async () => {
  await using place = await queueSandbox();
  const { port } = absentTarget();
  await place.write(
    "handler.ts",
    `export default async () => {
       const connection = Deno.connect({ hostname: "127.0.0.1", port: ${port} });
       return await connection.then(() => "reached", (error) => error.name);
     };`,
  );
  await place.write("records.csv", "n\n1\n");
  const runLine = async (line: string, env: Record<string, string> = {}) => {
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", line.replace(/^deno /, `'${Deno.execPath()}' `)],
      cwd: place.folder,
      env: { ...place.env, DENO_DIR: packageFolder(), NO_COLOR: "1", ...env },
    });
    const { code, stdout, stderr } = await child.output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  const add = ["add", "--flow", flow, "--file", "records.csv"];
  const claim = ["--flow", flow, "--handler", "handler.ts", "--drain"];

  const addLine = await place.queue([...add, "--print-permissions"]);
  const claimLine = await place.claim([...claim, "--print-permissions", "--json"]);
  const added = await runLine(addLine.stdout);
  const command: string = Object(claimLine.json()).command;
  const claimed = await runLine(command);
  const elsewhere = await runLine(addLine.stdout, {
    [connectionVariable]: `postgresql://u:p@127.0.0.1:${port}/x`,
  });

  const { host } = new URL(place.database.url);
  assertMatch(addLine.stdout, /^deno run -q --no-prompt --env-file -P=queue [^\n]+\n$/);
  assertStringIncludes(addLine.stdout, `--allow-net=${host} `);
  assertStringIncludes(addLine.stdout, join(place.folder, "records.csv"));
  assertEquals(addLine.stdout.includes("--allow-write"), false);
  assertEquals([added.code, added.stdout], [0, `${flow}: added 1 record\n`], added.stderr);
  assertEquals(claimed.code, 0, claimed.stderr);
  const [row] = await place.database.sql`select result from processing_queue`;
  assertEquals(row?.["result"], "NotCapable");
  assertEquals(elsewhere.code, 2);
  assertMatch(elsewhere.stderr, new RegExp(`^Error: .*net permission for "127.0.0.1:${port}"`));
});

Deno.test("a secret's file elsewhere is named with a line that reads it, and that line works", async () => {
  await using place = await queueSandbox();
  const secretFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(secretFile, `${place.database.url}\n`);
    const env = { [connectionVariable]: "", [`${connectionVariable}_FILE`]: secretFile };

    const plain = await place.queue(["status"], { env });
    const [, line = ""] = /; run it as: (deno .*)\n$/.exec(plain.stderr) ?? [];
    const child = new Deno.Command(Deno.execPath(), {
      args: parseArgv(line).slice(1),
      cwd: place.folder,
      env: { ...place.env, ...env, DENO_DIR: packageFolder() },
    });
    const output = await child.output();

    assertEquals(plain.code, 2);
    assertStringIncludes(plain.stderr, `no read permission for "${secretFile}"; run it as: deno`);
    assertEquals(output.code, 0, new TextDecoder().decode(output.stderr));
  } finally {
    await Deno.remove(secretFile);
  }
});

interface PermissionSet {
  env?: { allow?: string[]; ignore?: boolean };
  net?: boolean | string[];
  run?: unknown;
  ffi?: unknown;
  import?: unknown;
  read?: unknown;
  write?: unknown;
  sys?: unknown;
}

interface Configuration {
  permissions: Record<string, PermissionSet>;
  tasks: Record<string, string | { command?: string }>;
}

const folderFlags: Record<string, string> = {
  "--allow-read": "read",
  "-R": "read",
  "--allow-write": "write",
  "-W": "write",
  "--allow-run": "run",
};

/** Gives the lists of the flags in a command line, with `$HOME` and the caller's folder marked. */
function lists(words: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const word of words) {
    const [flag = "", values = ""] = word.split(/=(.*)/s);
    const kind = folderFlags[flag];
    if (kind === undefined) continue;
    found[kind] = values.split(",").map((value) =>
      value.replace(/\$\{PWD\}|\$INIT_CWD/, "<caller>").replace(/\$\{?HOME\}?/, "<home>")
    );
  }
  return found;
}

Deno.test("shebang, task and permission set of every script agree and are narrow", async () => {
  const text = await Deno.readTextFile(join(project, "deno.json"));
  const { permissions, tasks }: Configuration = JSON.parse(text);
  const commands = Object.entries(tasks).map(([name, task]) =>
    [name, typeof task === "string" ? task : task.command ?? ""] as const
  );
  const names = (await Array.fromAsync(Deno.readDir(join(project, "scripts"))))
    .flatMap(({ name }) => name.endsWith(".ts") ? [name.slice(0, -3)] : []);

  for (const name of names) {
    const path = join(project, "scripts", `${name}.ts`);
    const [firstLine = ""] = (await Deno.readTextFile(path)).split("\n", 1);
    const shebang = firstLine.split(" ").slice(3);
    const set = permissions[name];
    assert(set !== undefined, `${name} has no permission set of its own`);
    assert(((await Deno.stat(path)).mode ?? 0) & 0o111, `${name}.ts cannot be executed`);
    assertMatch(firstLine, /^#!\/usr\/bin\/env -S deno run -q --no-prompt --env-file -P=\S+ /);
    assertEquals(set.env?.ignore, true);
    for (const kind of ["run", "ffi", "import", "read", "write"] as const) {
      assertEquals(set[kind], undefined, `${name}: ${kind} in its set`);
    }

    const ownTasks = commands.filter(([, command]) => command.includes(`scripts/${name}.ts`));
    assert(ownTasks.length > 0, `${name} has no task`);
    for (const words of [shebang, ...ownTasks.map(([, command]) => commandWords(command))]) {
      assertEquals(words.filter((word) => word.startsWith("-P")), [`-P=${name}`]);
      for (const word of words) {
        assert(!/^(-A|--allow-all|--allow-ffi|--allow-env|--allow-(run|read|write))$/.test(word));
      }
      const { read = [], write = [], run = [] } = lists(words);
      for (const folder of [...read, ...write, ...run]) {
        assert(!["", "/", "<home>"].includes(folder), `${name} may reach "${folder}"`);
      }
    }
    for (const [task, command] of ownTasks) {
      assertEquals(taskLists(command), shebangLists(shebang), `${name} and its task ${task}`);
    }
  }
});

function commandWords(command: string): string[] {
  return (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, "$1"));
}

// A task runs in the project's folder, and the quick start's files are there.
function shebangLists(words: readonly string[]): Record<string, string[]> {
  return mapValues(lists(words), (value) => value.replace("<caller>/tests/", "tests/"));
}

// PostgreSQL refuses to run as root; tasks know the folder where it then lives.
function taskLists(command: string): Record<string, string[]> {
  return mapValues(
    lists(commandWords(command)),
    (value) => value.startsWith("/var/lib/opsdeck") ? [] : value,
  );
}

function mapValues(
  lists: Record<string, string[]>,
  change: (value: string) => string | string[],
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).map(([kind, values]) => [kind, values.flatMap(change)]),
  );
}
