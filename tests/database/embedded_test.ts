import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import postgres from "postgres";
import { OpsdeckError } from "../../lib/core/mod.ts";
import { serverAccount, serverPaths, stopServer } from "../../lib/database/embedded/mod.ts";
import { parsePostmasterFile } from "../../lib/database/embedded/postmaster_file.ts";
import { lastWords } from "../../lib/database/embedded/server_log.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";
import { type EmbeddedHome, embeddedHome, readAnswer } from "./embedded_home.ts";

const isRoot = Deno.uid() === 0;

async function query(url: string, text: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 10 });
  try {
    return [...await sql.unsafe(text)];
  } finally {
    await sql.end();
  }
}

async function isListed(folder: string, prefix: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith(prefix)) return true;
  }
  return false;
}

Deno.test("startEmbedded() called by six processes at once starts one server", async () => {
  await using home = await embeddedHome();

  const answers = await Promise.all(Array.from({ length: 6 }, () => home.value("start")));

  assertEquals(new Set(answers.map(({ pid, port }) => `${pid} ${port}`)).size, 1);
  assertEquals(answers.filter(({ started }) => started).length, 1);
});

Deno.test("startEmbedded() gives a durable server that only this user reaches", async () => {
  await using home = await embeddedHome();

  const first = await home.value("start");
  const again = await home.value("start");

  assertEquals([first["started"], again["started"]], [true, false]);
  assertEquals({ ...first, started: false }, again);
  assertEquals(first["password"], "***");
  assertEquals(
    await query(
      await home.url(),
      `select current_setting('fsync') as fsync,
              current_setting('full_page_writes') as pages,
              current_setting('synchronous_commit') as commits,
              current_setting('listen_addresses') as addresses,
              current_setting('unix_socket_directories') as sockets,
              current_setting('server_encoding') as encoding,
              current_setting('timezone') as zone,
              current_setting('data_checksums') as checksums`,
    ),
    [{
      fsync: "on",
      pages: "on",
      commits: "on",
      addresses: "127.0.0.1",
      sockets: "",
      encoding: "UTF8",
      zone: "UTC",
      checksums: "on",
    }],
  );
  const wrong = new URL(await home.url());
  wrong.password = "wrong";
  await assertRejects(() => query(wrong.href, "select 1"), Error, "password authentication failed");
  for (const file of ["postgresql.json", "postgresql/cluster.json"]) {
    const { mode } = await Deno.stat(join(home.folder, file));
    assertEquals((mode ?? 0) & 0o777, 0o600, file);
  }
});

Deno.test("startEmbedded() brings a server that was killed up again with its data", async () => {
  await using home = await embeddedHome();
  await home.value("start");
  await query(await home.url(), "create table kept as select 7 as number");
  const before = await home.description();

  Deno.kill(before.pid, "SIGKILL");
  const after = await home.value("start");

  assertEquals(after["started"], true);
  assertEquals(after["port"], before.port);
  assertEquals(await query(await home.url(), "select number from kept"), [{ number: 7 }]);
});

Deno.test("startEmbedded() begins again after being killed while it made the cluster", async () => {
  await using home = await embeddedHome();

  const killed = home.spawn("start");
  await waitFor(
    () => isListed(home.server, "data.partial-").catch(() => false),
    { what: "a half-made cluster" },
  );
  killed.kill("SIGKILL");
  await killed.output();
  const hadCluster = await isListed(home.server, "data.partial-");
  await home.value("start");

  assert(hadCluster, "nothing was half-made when the process was killed");
  assertEquals(await query(await home.url(), "select 1 as one"), [{ one: 1 }]);
  await home.value("stop");
  await home.value("start");
  assertEquals(await isListed(home.server, "data.partial-"), false);
});

Deno.test("startEmbedded() takes a server over whose starter was killed", async () => {
  await using home = await embeddedHome();
  const first = await home.value("start");
  await Deno.remove(join(home.folder, "postgresql.json"));

  const second = await home.value("start");

  assertEquals([second["started"], second["pid"]], [false, first["pid"]]);
  assertEquals(await query(await home.url(), "select 1 as one"), [{ one: 1 }]);
});

/** Gives a `postmaster.pid` of a killed server to another process, which lives until disposed. */
async function strangerInPidFile(home: EmbeddedHome, status: "ready" | "starting" | "") {
  await home.value("start");
  const path = join(home.server, "data", "postmaster.pid");
  const pidFile = await Deno.readTextFile(path);
  await home.value("stop");
  const other = new Deno.Command("sleep", { args: ["600"], cwd: "/", ...serverAccount() }).spawn();
  const lines = pidFile.replace(/^\d+/, String(other.pid)).split("\n");
  const wanted = status === "" ? lines.slice(0, 7) : [...lines.slice(0, 7), status];
  await Deno.writeTextFile(path, wanted.join("\n") + "\n");
  let hasEnded = false;
  const end = other.status.then((status) => {
    hasEnded = true;
    return status;
  });
  return {
    path,
    lives: () => !hasEnded,
    async [Symbol.asyncDispose]() {
      if (!hasEnded) other.kill("SIGKILL");
      await end;
    },
  };
}

for (const status of ["ready", "starting"] as const) {
  Deno.test(
    `startEmbedded() starts though another process has the id of a server killed when "${status}"`,
    async () => {
      await using home = await embeddedHome();
      await using stranger = await strangerInPidFile(home, status);

      const answer = await home.value("start");

      assertEquals([answer["started"], stranger.lives()], [true, true]);
    },
  );
}

for (const status of ["ready", ""] as const) {
  Deno.test(
    `stopEmbedded() spares another process with the id of a server killed when "${status}"`,
    async () => {
      await using home = await embeddedHome();
      await using stranger = await strangerInPidFile(home, status);

      const answer = await home.value("stop");
      const again = await home.value("stop");

      assertEquals([answer, again], [{ stopped: false }, { stopped: false }]);
      assertEquals(stranger.lives(), true);
      await assertRejects(() => Deno.stat(stranger.path), Deno.errors.NotFound);
    },
  );
}

Deno.test("stopEmbedded() sends no signal to a process that does not say who it is", async () => {
  await using home = await embeddedHome();
  await using stranger = await strangerInPidFile(home, "ready");
  const port = Number((await Deno.readTextFile(stranger.path)).split("\n")[3]);
  using _program = Deno.listen({ hostname: "127.0.0.1", port });

  const { error } = await home.run("stop");

  assertEquals([error?.code, error?.exitCode], ["DATABASE_STOP", 1]);
  assertMatch(error?.message ?? "", /^Cannot stop .* does not answer as a server .*kill -INT \d+/);
  assertEquals(stranger.lives(), true);
});

Deno.test("startEmbedded() starts beside a postmaster.pid that a crash has left empty or torn", async () => {
  await using home = await embeddedHome();
  const path = join(home.server, "data", "postmaster.pid");
  for (const text of ["", "\0\0\0\0", "4711\n/da"]) {
    await home.value("start");
    await home.value("stop");
    await Deno.writeTextFile(path, text);

    const answer = await home.value("start");

    assertEquals(answer["started"], true);
    await home.value("stop");
  }
});

Deno.test("startEmbedded() leaves an empty postmaster.pid while the server answers", async () => {
  await using home = await embeddedHome();
  await home.value("start");
  const path = join(home.server, "data", "postmaster.pid");
  await Deno.writeTextFile(path, "");

  const { error } = await home.run("start");

  assertEquals([error?.code, await Deno.readTextFile(path)], ["DATABASE_START", ""]);
  assertMatch(error?.message ?? "", /is damaged while a server answers .* within a minute/);
});

Deno.test("startEmbedded() leaves the postmaster.pid of postgres --single, run by hand", async () => {
  await using home = await embeddedHome();
  await using other = await strangerInPidFile(home, "");
  const ofSingle = `-${await Deno.readTextFile(other.path)}`;
  await Deno.writeTextFile(other.path, ofSingle);

  const { error } = await home.run("start");

  assertEquals([error?.code, await Deno.readTextFile(other.path)], ["DATABASE_START", ofSingle]);
});

Deno.test("stopServer() smart says that the server ends with its clients, and fast ends it", async () => {
  await using home = await embeddedHome();
  await home.value("start");
  const files = serverPaths(home.server);
  const sql = postgres(await home.url(), { max: 1 });
  try {
    await sql`select 1`;

    const error = await assertRejects(
      () => stopServer(files, { mode: "smart", timeoutSeconds: 1 }),
      OpsdeckError,
    );
    const stopped = await home.value("stop");

    assertEquals([error.code, error.exitCode], ["DATABASE_STOP", 1]);
    assertEquals(stopped, { stopped: true });
    assertMatch(error.message, /ends by itself when the last has left.* --mode fast$/);
  } finally {
    await sql.end({ timeout: 0 });
  }
});

Deno.test("startEmbedded() moves to another port when its own is taken", async () => {
  await using home = await embeddedHome();
  const port = Number((await home.value("start"))["port"]);
  await home.value("stop");
  using _other = Deno.listen({ hostname: "127.0.0.1", port });

  await home.value("start");

  const moved = await home.description();
  assert(moved.port !== port);
  assertEquals(await query(await home.url(), "select 1 as one"), [{ one: 1 }]);
});

Deno.test("startEmbedded() says in one line why the server does not start", async () => {
  await using home = await embeddedHome();
  await home.value("start");
  await home.value("stop");
  await Deno.writeTextFile(join(home.server, "data", "postgresql.conf"), "work_mem = plenty\n", {
    append: true,
  });

  const { error } = await home.run("start");

  assertEquals([error?.code, error?.exitCode], ["DATABASE_START", 3]);
  assertMatch(error?.message ?? "", /^Cannot start .*work_mem.*see ".*server\.log"$/);
});

Deno.test("startEmbedded() replaces programs of another version as a whole", async () => {
  await using home = await embeddedHome();
  await home.value("start");
  await home.value("stop");
  await Deno.writeTextFile(join(home.server, "18", "opsdeck-package"), "another@1.0.0");
  await Deno.writeTextFile(join(home.server, "18", "stray"), "");
  await Deno.mkdir(join(home.server, "18.new-killed"));

  await home.value("start");

  assertEquals(await isListed(join(home.server, "18"), "stray"), false);
  assertEquals(await isListed(home.server, "18."), false);
});

Deno.test("stopEmbedded() stops the server, and embeddedStatus() says so", async () => {
  await using home = await embeddedHome();

  assertEquals(await home.value("status"), { running: false, server: null });
  assertEquals(await home.value("stop"), { stopped: false });
  const started = await home.value("start");
  assertEquals((await home.value("status"))["running"], true);
  assertEquals(await home.value("stop"), { stopped: true });
  assertEquals(await home.value("status"), { running: false, server: null });
  assertEquals(await isListed(home.folder, "postgresql.json"), false);
  assertEquals(started["host"], "127.0.0.1");
});

Deno.test("embeddedTarget() leads to the running server or says how to start it", async () => {
  await using home = await embeddedHome();

  const { error: never } = await home.run("target", "rpa_db");
  const server = await home.value("start");
  const target = await home.value("target", "rpa_db");
  Deno.kill(Number(server["pid"]), "SIGKILL");
  const gone = await waitFor(async () => (await home.run("target", "rpa_db")).error, {
    what: "the end of the server",
  });

  for (const error of [never, gone]) {
    assertEquals([error?.name, error?.exitCode], ["ConfigurationError", 2]);
    assertMatch(error?.message ?? "", /"rpa_db".* deno task db:start$/);
  }
  assertEquals(target, {
    dialect: "postgresql",
    host: "127.0.0.1",
    port: server["port"],
    database: "rpa_db",
    username: "opsdeck",
    password: "***",
    tls: { mode: "disable" },
  });
});

Deno.test({
  name: "startEmbedded() as root says what to do about a folder that others cannot enter",
  ignore: !isRoot,
  async fn() {
    await using home = await embeddedHome();
    await Deno.chmod(home.folder, 0o700);

    const { error } = await home.run("start");

    assertEquals([error?.name, error?.exitCode], ["ConfigurationError", 2]);
    assertMatch(error?.message ?? "", /nobody \(65534\) cannot reach .*chmod o\+x/);
  },
});

Deno.test({
  name: "startEmbedded() works for an ordinary user from a home of one's own",
  ignore: !isRoot,
  async fn() {
    await using folder = await temporaryFolder("user");
    const run = await ordinaryUser(folder.path);

    const start = await run("start");
    const status = await run("status");
    const stop = await run("stop");

    assertEquals(start.error, undefined);
    const data = join(folder.path, "home/.local/state/opsdeck/postgresql/data");
    assertEquals(start.value?.["dataDirectory"], data);
    assertEquals((await Deno.stat(data)).uid, 65534);
    assertEquals(status.value?.["running"], true);
    assertEquals(stop.value, { stopped: true });
  },
});

/** Gives the worker as the user nobody runs it, with copies of what root's folders may hide. */
async function ordinaryUser(folder: string) {
  const project = join(import.meta.dirname ?? ".", "..", "..");
  const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", ".cache/deno");
  const copy = async (source: string, target: string) => {
    await Deno.mkdir(join(folder, target, ".."), { recursive: true });
    const { success, stderr } = await new Deno.Command("cp", {
      args: ["-r", source, join(folder, target)],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  };
  await copy(Deno.execPath(), "deno");
  await copy(join(cache, "npm"), "cache/npm");
  for (const part of ["deno.json", "deno.lock", "lib", "schema"]) {
    await copy(join(project, part), `project/${part}`);
  }
  await copy(
    join(project, "tests/database/embedded_worker.ts"),
    "project/tests/database/embedded_worker.ts",
  );
  await Deno.mkdir(join(folder, "home"));
  const chown = await new Deno.Command("chown", { args: ["-R", "65534:65534", folder] }).output();
  assert(chown.success);

  return async (...args: string[]) => {
    const child = new Deno.Command(join(folder, "deno"), {
      args: ["run", "-q", "-A", "--cached-only", "tests/database/embedded_worker.ts", ...args],
      cwd: join(folder, "project"),
      clearEnv: true,
      env: {
        PATH: "/usr/bin:/bin",
        HOME: join(folder, "home"),
        DENO_DIR: join(folder, "cache"),
      },
      uid: 65534,
      gid: 65534,
      stdin: "null",
    });
    return readAnswer(await child.output());
  };
}

Deno.test("postgresHome() is a folder that the server's user can reach", async () => {
  const cases = [
    { env: { OPSDECK_HOME: "/srv/deck" }, wanted: "/srv/deck/postgresql" },
    {
      env: { HOME: "/home/ada" },
      wanted: isRoot ? "/var/lib/opsdeck/postgresql" : "/home/ada/.local/state/opsdeck/postgresql",
    },
  ];
  const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", ".cache/deno");
  for (const { env, wanted } of cases) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", join(import.meta.dirname ?? ".", "embedded_worker.ts"), "home"],
      clearEnv: true,
      env: { ...env, DENO_DIR: cache },
    });

    const answer: unknown = readAnswer(await child.output()).value;

    assertEquals(answer, wanted);
  }
});

Deno.test("parsePostmasterFile() reads what the server writes, and no torn file", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 4_194_304 }),
    fc.integer({ min: 1, max: 65_535 }),
    fc.constantFrom("starting", "ready   ", "stopping"),
    fc.nat(),
    (pid, port, status, cut) => {
      const text =
        `${pid}\n/data\n1795225970\n${port}\n\n127.0.0.1\n  2163752        22\n${status}\n`;

      assertEquals(parsePostmasterFile(text), { pid, port, isReady: status === "ready   " });
      const torn = parsePostmasterFile(text.slice(0, cut % text.length));
      assert(torn === undefined || !torn.isReady || torn.pid === pid);
    },
  ));
  assertEquals(parsePostmasterFile(""), undefined);
  assertEquals(parsePostmasterFile("no number\n"), undefined);
});

Deno.test("lastWords() gives the errors of a log in one line, or its end", () => {
  const prefix = "2026-11-21 01:52:34.043 UTC [4827] ";

  const graveLog =
    `${prefix}LOG:  starting\n${prefix}LOG:  could not bind\n${prefix}FATAL:  no memory\n${prefix}HINT:  Buy some.\n` +
    `${prefix}LOG:  shut down\n`;

  assertEquals(lastWords(graveLog), "LOG: could not bind; FATAL: no memory; HINT: Buy some.");
  assertEquals(lastWords("a\nb\nc\nd\n"), "b; c; d");
  assertEquals(lastWords(""), "");
});
