import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import parseArgv from "string-argv";
import { join } from "@std/path";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { packageFolder } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";
import { sftpSandbox } from "./sftp_sandbox.ts";

interface Report {
  files: number;
  bytes: number;
  skipped: number;
  failed: number;
  stopped: number;
  folders: number;
  dry_run: boolean;
  set_aside: { path: string; reason: string }[];
  details: {
    status: string;
    remote_path: string | null;
    local_path: string | null;
    bytes: number;
    sha256: string | null;
    error: string | null;
    error_code: string | null;
  }[];
}

function report(result: { json(): unknown }): Report {
  return result.json() as Report;
}

forEachSftpServer(
  "sftp-files get keeps a folder's structure, and finds it there the second time",
  async (server) => {
    await using place = await sftpSandbox(server);
    await place.remote("outbox/a.csv", "a");
    await place.remote("outbox/deep/er/b “1”.csv", "bb");
    await Deno.mkdir(join(server.root, "outbox/empty"));
    await Deno.symlink("/etc/passwd", join(server.root, "outbox/link.csv"));
    const outbox = server.remotePath("outbox");

    const first = await place.run(["get", outbox, "--to", "in", "--json"]);
    const second = await place.run(["get", outbox, "--to", "in"]);

    assertEquals([first.code, first.stderr], [0, ""]);
    assertEquals(await place.files(join(place.folder, "in")), {
      "outbox/a.csv": "a",
      "outbox/deep/er/b “1”.csv": "bb",
    });
    assert((await Deno.stat(join(place.folder, "in/outbox/empty"))).isDirectory);
    const { files, bytes, skipped, failed, set_aside } = report(first);
    assertEquals([files, bytes, skipped, failed], [2, 3, 0, 0]);
    assertEquals(set_aside, [{
      path: server.remotePath("outbox/link.csv"),
      reason: "is a symbolic link",
    }]);
    assertEquals(second.code, 0);
    assertMatch(second.stdout, /^left: '.*link.csv' is a symbolic link\n/);
    assertMatch(second.stdout, /\nDownloaded 0 files, 0 B in .*, 2 there already, 1 left\n$/);
  },
);

forEachSftpServer(
  "sftp-files put uploads files, folders and what a pattern fits",
  async (server) => {
    await using place = await sftpSandbox(server);
    await place.local("out/a.csv", "a");
    await place.local("out/b.txt", "b");
    await place.local("more/deep/c.csv", "c");
    await Deno.mkdir(join(place.folder, "more/empty"));
    await Deno.symlink("../key", join(place.folder, "more/link"));
    const to = server.remotePath("in/new");

    const put = await place.run(["put", "out/*.csv", "more", "--to", to, "--verify", "--json"]);

    assertEquals([put.code, put.stderr], [0, ""]);
    assertEquals(await place.files(join(server.root, "in/new")), {
      "a.csv": "a",
      "more/deep/c.csv": "c",
    });
    assert((await Deno.stat(join(server.root, "in/new/more/empty"))).isDirectory);
    assertEquals(report(put).set_aside, [{ path: "more/link", reason: "is a symbolic link" }]);
  },
);

forEachSftpServer(
  "sftp-files rm removes files and links, and folders only with --recursive",
  async (server) => {
    await using place = await sftpSandbox(server);
    await place.remote("outbox/a.csv");
    await place.remote("outbox/deep/b.csv");
    await place.remote("kept.csv");
    await Deno.symlink(join(server.root, "kept.csv"), join(server.root, "outbox/link"));
    const outbox = server.remotePath("outbox");

    const plain = await place.run(["rm", outbox]);
    const dry = await place.run(["rm", outbox, "--recursive", "--dry-run"]);
    const before = await place.files(server.root);
    const real = await place.run(["rm", outbox, "-r", "--json"]);
    const again = await place.run(["rm", outbox, "-r"]);

    assertEquals(plain.code, 1);
    assertMatch(plain.stdout, /failed: Cannot take '.*outbox' as it is a folder; add --recursive/);
    assertEquals(dry.code, 0);
    assertMatch(dry.stdout, /\nWould remove 3 files and 2 folders; changed nothing\n$/);
    assertEquals(Object.keys(before).sort(), ["kept.csv", "outbox/a.csv", "outbox/deep/b.csv"]);
    assertEquals([real.code, report(real).files, report(real).folders], [0, 3, 2]);
    assertEquals(await place.files(server.root), { "kept.csv": "kept.csv" });
    assertEquals(again.code, 1);
    assertMatch(again.stdout, /Cannot find '.*outbox' as there is no such file or folder/);
  },
);

forEachSftpServer(
  "sftp-files ls lists folders and patterns, with hostile names made visible",
  async (server) => {
    await using place = await sftpSandbox(server);
    await place.remote("outbox/big.csv", "x".repeat(2000));
    await place.remote("outbox/a\u001b[2Jb.csv", "1");
    await place.remote("outbox/deep/c.pdf", "22");
    const outbox = server.remotePath("outbox");

    const plain = await place.run(["ls", outbox, "--sort", "size"]);
    const deep = await place.run(["ls", `${outbox}/**/*.pdf`, "--json"]);
    const all = await place.run(["ls", outbox, "-r", "--json"]);
    const none = await place.run(["ls", `${outbox}/*.doc`]);

    assertEquals(plain.code, 0);
    const [heading, first, second, third] = plain.stdout.split("\n");
    assertMatch(heading ?? "", /^Kind +Size +Changed +Path$/);
    assertMatch(first ?? "", / 2,000 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\S+big\.csv$/);
    assertStringIncludes(`${second}${third}`, "a\\u001b[2Jb.csv");
    // deno-lint-ignore no-control-regex -- what must not reach the terminal
    assert(!/\u001b/.test(plain.stdout));
    const names = (result: { json(): unknown }) =>
      (result.json() as { entries: { name: string }[] }).entries.map(({ name }) => name);
    assertEquals(names(deep), ["c.pdf"]);
    assertEquals(names(all).length, 4);
    assertEquals([none.code, none.stderr], [1, ""]);
    assertMatch(none.stdout, /Cannot find anything that fits '.*\*\.doc'; check the pattern/);
  },
);

forEachSftpServer(
  "sftp-files get: one bad file does not stop the others, and is told",
  async (server) => {
    await using place = await sftpSandbox(server);
    const good = await place.remote("good.csv", "good");
    const other = await place.remote("other.csv", "server's");
    await place.local("other.csv", "mine");
    const missing = server.remotePath("missing.csv");

    const { code, stdout } = await place.run(["get", missing, other, good]);

    assertEquals(code, 1);
    const lines = stdout.trimEnd().split("\n");
    assertMatch(lines[0] ?? "", /^failed: Cannot find '.*missing\.csv' as there is no such file/);
    assertMatch(
      lines[1] ?? "",
      /^failed: Cannot write '.*other\.csv' as the file exists and differs/,
    );
    assertMatch(lines[2] ?? "", /^Downloaded 1 file, 4 B in .*, 2 failed$/);
    assertEquals(lines[3], "--force replaces files that are there and differ");
    assertEquals(await Deno.readTextFile(join(place.folder, "other.csv")), "mine");

    const forced = await place.run(["get", other, "--force", "--sha256", "--json"]);
    assertEquals(forced.code, 0);
    assertEquals(await Deno.readTextFile(join(place.folder, "other.csv")), "server's");
    assertMatch(report(forced).details[0]?.sha256 ?? "", /^[0-9a-f]{64}$/);
  },
);

Deno.test("sftp-files get takes no name that leads out or cannot be written, and says which", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("outbox/good.csv", "good");
  const hostile = ["../../evil.csv", "a/b.csv", "a\nb.csv", "a\u202eb.csv", "a\\b.csv", ""];
  server.faults.answerInstead = (request) => {
    if (request.kind !== "readdir" || server.requests.at(-2) === "readdir") {
      return Promise.resolve(undefined);
    }
    const attributes = { mode: 0o100644, size: 4 };
    const entries = [...hostile, "good.csv"].map((name) => ({ name, attributes }));
    return Promise.resolve({ kind: "names", entries });
  };

  const result = await place.run(["get", "/outbox", "--to", "in/here", "--json"]);

  assertEquals(result.code, 1);
  const { files, details } = report(result);
  const bad = details.filter(({ error_code }) => error_code === "BAD_NAME");
  assertEquals([files, bad.length], [1, hostile.length]);
  assertEquals(await place.files(join(place.folder, "in")), { "here/outbox/good.csv": "good" });
});

Deno.test("sftp-files get refuses two files for one name before anything is transferred", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  const one = await place.remote("a/x.csv");
  const other = await place.remote("b/x.csv");

  const { code, stderr } = await place.run(["get", one, other, "--to", "in"]);

  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^Error: Cannot transfer '\/a\/x.csv' and '\/b\/x.csv' together as both need/,
  );
  assertEquals(await Deno.stat(join(place.folder, "in")).catch(() => "none"), "none");
  const both = await place.run(["get", "/*/x.csv", "--to", "in"]);
  assertEquals(both.code, 0);
  assertEquals(await place.files(join(place.folder, "in")), {
    "a/x.csv": "a/x.csv",
    "b/x.csv": "b/x.csv",
  });
});

Deno.test("sftp-files put: a folder that cannot be made does not stop the others", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.local("out/a.csv", "a");
  await Deno.mkdir(join(place.folder, "out/empty"));
  server.faults.answerInstead = (request) =>
    Promise.resolve(
      request.kind === "mkdir" && request.path.endsWith("empty")
        ? { kind: "status", code: 3, message: "Permission denied" }
        : undefined,
    );

  const { code, stdout } = await place.run(["put", "out"]);

  assertEquals(code, 1);
  assertMatch(stdout, /failed: Cannot create 'out\/empty' .* permission is denied/);
  assertMatch(stdout, /\nUploaded 1 file, 1 B in .*, 1 failed\n$/);
  assertEquals(await place.files(server.root), { "out/a.csv": "a" });
});

Deno.test("sftp-files takes a name that looks like a pattern for the file of that name", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("a[1].csv", "one");
  await place.remote("a1.csv", "other");
  await place.local("b[1].csv", "local");

  const get = await place.run(["get", "/a[1].csv", "--to", "in"]);
  const put = await place.run(["put", "b[1].csv", "--to", "/in"]);

  assertEquals([get.code, put.code], [0, 0]);
  assertEquals(await place.files(join(place.folder, "in")), { "a[1].csv": "one" });
  assertEquals(await place.files(join(server.root, "in")), { "b[1].csv": "local" });
});

Deno.test("sftp-files leaves unfinished transfers where they are", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  const part = ".x.csv.0123456789abcdef.opsdeck-part";
  await place.remote(`outbox/${part}`);
  await place.local(`out/${part}`);

  const get = await place.run(["get", "/outbox", "--to", "in", "--json"]);
  const put = await place.run(["put", "out", "--json"]);
  const rm = await place.run(["rm", `/outbox/${part}`]);

  for (const result of [get, put]) {
    assertEquals([result.code, report(result).files], [0, 0]);
    assertEquals(report(result).set_aside.map(({ reason }) => reason), [
      "is an unfinished transfer",
    ]);
  }
  assertEquals(rm.code, 0);
});

Deno.test("sftp-files --dry-run changes nothing, there or here", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("outbox/a.csv", "a");
  await place.local("b.csv", "b");

  const get = await place.run(["get", "/outbox", "--to", "in", "--dry-run"]);
  const put = await place.run(["put", "b.csv", "--to", "/new", "--dry-run", "--json"]);

  assertEquals(
    get.stdout,
    `'/outbox/a.csv' to '${place.folder}/in/outbox/a.csv' (1 B)\n` +
      "Would download 1 file, 1 B; changed nothing\n",
  );
  const { dry_run, files, details } = report(put);
  assertEquals([put.code, dry_run, files, details[0]?.status], [0, true, 1, "planned"]);
  assertEquals(details[0]?.remote_path, "/new/b.csv");
  assertEquals(await place.files(server.root), { "outbox/a.csv": "a" });
  assertEquals(await Deno.stat(join(place.folder, "in")).catch(() => "none"), "none");
});

for (const action of ["get", "put"]) {
  Deno.test(`sftp-files ${action} --dry-run counts and exits as the run that follows`, async () => {
    await using server = await embeddedSftpServer();
    await using place = await sftpSandbox(server);
    const source = (name: string, content: string) =>
      action === "get" ? place.remote(`out/${name}`, content) : place.local(`out/${name}`, content);
    const target = (name: string, content: string) =>
      action === "get" ? place.local(`in/${name}`, content) : place.remote(`in/${name}`, content);
    const content = { "new.csv": "n", "same.csv": "ss", "other.csv": "ooo", "time.csv": "tttt" };
    for (const [name, text] of Object.entries(content)) await source(name, text);
    await target("same.csv", "ss");
    await target("other.csv", "another");
    await target("time.csv", "tttt");
    await source("folder.csv", "f");
    await target("folder.csv/inside", "");
    for (const name of ["out/same.csv", "in/same.csv", "out/time.csv"]) {
      for (const root of [server.root, place.folder]) {
        await Deno.utime(join(root, name), 1_700_000_000, 1_700_000_000).catch(() => {});
      }
    }
    const paths = action === "get" ? ["/out/*", "--to", "in"] : ["out/*", "--to", "/in"];
    const statuses = (result: { json(): unknown }) =>
      report(result).details.map(({ status, remote_path, error_code }) => [
        remote_path?.split("/").at(-1),
        status === "planned" ? "done" : status,
        error_code,
      ]).sort();

    for (const flags of [[], ["--sha256"], ["--force"]]) {
      const before = [await place.files(server.root), await place.files(place.folder)];
      const dry = await place.run([action, ...paths, ...flags, "--dry-run", "--json"]);
      const after = [await place.files(server.root), await place.files(place.folder)];
      const real = await place.run([action, ...paths, ...flags, "--json"]);

      assertEquals(after, before);
      const { files, bytes, skipped, failed } = report(dry);
      assertEquals([dry.code, files, bytes, skipped, failed], [
        real.code,
        report(real).files,
        report(real).bytes,
        report(real).skipped,
        report(real).failed,
      ]);
      if (action === "get" || flags[0] !== "--force") {
        assertEquals(statuses(dry), statuses(real), flags.join());
      }
      if (flags.length > 0) continue;
      assertEquals([dry.code, files, bytes, skipped, failed], [1, 1, 1, 1, 3]);
    }
  });
}

Deno.test("sftp-files get --dry-run says which files are in the way, and how to replace them", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("a.csv", "a");
  await place.local("a.csv", "another");

  const { code, stdout } = await place.run(["get", "/a.csv", "--dry-run"]);

  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^failed: Cannot write '.*a\.csv' as the file exists and differs; .*\nWould download 0 files, 0 B, 1 failed; changed nothing\n--force replaces files that are there and differ\n$/,
  );
});

Deno.test("sftp-files rm asks before it removes more than 20 files, and needs --yes where it cannot", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  for (let n = 0; n < 21; n++) await place.remote(`many/${n}.csv`);

  const refused = await place.run(["rm", "/many/*.csv"]);
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /^Error: Cannot remove 21 files without --yes as there is nobody to/);
  assertEquals(Object.keys(await place.files(server.root)).length, 21);

  const done = await place.run(["rm", "/many/*.csv", "--yes"]);
  assertEquals([done.code, done.stdout], [0, "Removed 21 files\n"]);
  for (const path of ["/", ".", "/many/..", "//"]) {
    const { code, stderr } = await place.run(["rm", path, "-r", "--yes"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "names a place and not a folder by its name");
  }
});

Deno.test("sftp-files says what is wrong with its configuration, by name, and exits 2", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.local("text", "no key");
  await place.local("encrypted", await encryptedKey());
  const cases: [env: Record<string, string>, expected: RegExp][] = [
    [{ DEVELOPMENT_GLOBAL_SFTP_HOST: "" }, /DEVELOPMENT_GLOBAL_SFTP_HOST/],
    [{ DEVELOPMENT_GLOBAL_SFTP_PORT: "abc" }, /DEVELOPMENT_GLOBAL_SFTP_PORT .*: it is "abc"/],
    [{ DEVELOPMENT_GLOBAL_SFTP_USER: "" }, /DEVELOPMENT_GLOBAL_SFTP_USER/],
    [
      { DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "none" },
      /_SFTP_PRIVATE_KEY as ".*none" does not exist/,
    ],
    [
      { DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "text" },
      /_SFTP_PRIVATE_KEY as ".*text" holds no priv/,
    ],
    [
      { DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "-----BEGIN OPENSSH PRIVATE KEY----- words" },
      /DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY as it is a key and not a path to one; put it in a file/,
    ],
    [
      { DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "encrypted" },
      /set DEVELOPMENT_GLOBAL_SFTP_PASSPHRASE/,
    ],
    [
      {
        DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "encrypted",
        DEVELOPMENT_GLOBAL_SFTP_PASSPHRASE: "wrong words",
      },
      /passphrase in DEVELOPMENT_GLOBAL_SFTP_PASSPHRASE does not open/,
    ],
    [{ DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: "SHA256:short" }, /DEVELOPMENT_GLOBAL_SFTP_HOST_KEY/],
    [
      { DEVELOPMENT_GLOBAL_SFTP_KNOWN_HOSTS: "none", DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: "" },
      /_SFTP_KNOWN_HOSTS as ".*none" does not exist/,
    ],
    [
      { DEVELOPMENT_GLOBAL_SFTP_USER: "somebody" },
      /refused the login; check DEVELOPMENT_GLOBAL_SFTP_USER, DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY/,
    ],
  ];
  for (const [env, expected] of cases) {
    const { code, stdout, stderr } = await place.run(["ls"], { env });

    assertEquals([code, stdout], [2, ""], JSON.stringify(env));
    assertMatch(stderr, expected);
    assertEquals(stderr.split("\n").length, 2);
    assertEquals(stderr.includes("words"), false);
  }
});

async function encryptedKey(): Promise<string> {
  const { generateSshKey } = await import("../../lib/sftp/embedded/mod.ts");
  return (await generateSshKey({ passphrase: "right words" })).privateKey;
}

forEachSftpServer(
  "sftp-files refuses an unknown and a changed host key, and learns a new one when told",
  async (server) => {
    await using place = await sftpSandbox(server);
    const env = { DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: "" };
    const list = (...flags: string[]) => place.run(["ls", server.remotePath(), ...flags], { env });

    const unknown = await list();
    const accepted = await list("--accept-new-host-key");
    const known = await list();
    await server.changeHostKey();
    const changed = await list("--accept-new-host-key", "--json");

    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertMatch(
      unknown.stderr,
      /shows ssh-ed25519 SHA256:\S+; compare .* --accept-new-host-key\n$/,
    );
    assertEquals(accepted.code, 0);
    assertMatch(
      accepted.stderr,
      /^Recorded the host key of 127\.0\.0\.1:\d+ in .*known_hosts: ssh-/,
    );
    assertEquals([known.code, known.stderr], [0, ""]);
    assertEquals(changed.code, 2);
    assertStringIncludes(changed.stderr, "ITS HOST KEY HAS CHANGED");
  },
);

forEachSftpServer(
  "sftp-files get goes on when its server comes back, and does nothing twice",
  async (server) => {
    await using place = await sftpSandbox(server);
    for (let n = 0; n < 8; n++) await place.remote(`outbox/${n}.bin`, randomBytes(3_000_000));
    const got = () => Array.from(Deno.readDirSync(place.folder)).some(({ name }) => name === "in");
    await using script = place.start(["get", server.remotePath("outbox"), "--to", "in", "--json"]);
    await waitFor(got, { what: "the first bytes" });

    await server.stop();
    await server.start();
    const result = await script.result;

    assertEquals(
      [result.code, report(result).files, report(result).failed],
      [0, 8, 0],
      result.stderr,
    );
    for (let n = 0; n < 8; n++) {
      const [there, here] = await Promise.all([
        Deno.readFile(join(server.root, `outbox/${n}.bin`)),
        Deno.readFile(join(place.folder, `in/outbox/${n}.bin`)),
      ]);
      assertEquals(there.length, here.length);
      assert(there.every((byte, at) => byte === here[at]));
    }
    const names = Array.from(Deno.readDirSync(join(place.folder, "in/outbox")), ({ name }) => name);
    assertEquals(names.length, 8, names.join());
  },
);

forEachSftpServer(
  "sftp-files exits 4 when its server is away and does not come back in time",
  async (server) => {
    await using place = await sftpSandbox(server);
    await place.local("a.csv");
    await server.stop();

    const { code, stderr } = await place.run(["put", "a.csv", "--json"]);

    assertEquals(code, 4);
    assertMatch(stderr, /^Error: Cannot connect to \S+ as .*; check that the server is up/);
  },
);

Deno.test("sftp-files finishes the files in hand after a SIGINT, and reports the others", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  for (let n = 0; n < 100; n++) await place.remote(`outbox/${n}.csv`);
  const held = Promise.withResolvers<void>();
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "read") await held.promise;
    return undefined;
  };
  await using script = place.start(["get", "/outbox", "--json"]);
  await waitFor(() => server.requests.includes("read"), { what: "the first file" });

  script.kill("SIGINT");
  await script.waitForLine(/^Stopping after the work in hand/);
  held.resolve();
  const result = await script.result;

  const { files, stopped, failed } = report(result);
  assertEquals([result.code, files + stopped, failed], [130, 100, 0]);
  assert(files > 0 && stopped > 0, `${files} files, ${stopped} stopped`);
  assertEquals(Object.keys(await place.files(join(place.folder, "outbox"))).length, files);
});

Deno.test("sftp-files get names the permission that a folder elsewhere needs, and that line works", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await using elsewhere = await temporaryFolder("elsewhere");
  await place.remote("a.csv");

  const { code, stderr } = await place.run(["get", "/a.csv", "--to", elsewhere.path]);
  const [, line = ""] = /; run it as: deno (.*)\n$/.exec(stderr) ?? [];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: parseArgv(line),
    cwd: place.folder,
    env: { ...place.env, DENO_DIR: packageFolder() },
  }).output();

  assertEquals(code, 2);
  assertMatch(stderr, /^Error: Cannot proceed as the script has no (read|write) permission for/);
  assertEquals(success, true, line);
  assertEquals(await place.files(elsewhere.path), { "a.csv": "a.csv" });
});

Deno.test("sftp-files --project reads the project's settings", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);
  await place.remote("a.csv");
  const env = {
    DEVELOPMENT_GLOBAL_SFTP_HOST: "nowhere.invalid",
    DEVELOPMENT_ACME_SFTP_HOST: server.host,
  };

  const { code, stdout } = await place.run(["ls", "--project", "acme"], { env });

  assertEquals(code, 0);
  assertMatch(stdout, /a\.csv\n$/);
});

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

Deno.test("sftp-files ls says of an empty folder that nothing is there, and not of a missing one", async () => {
  await using server = await embeddedSftpServer();
  await using place = await sftpSandbox(server);

  const empty = await place.run(["ls", "/"]);
  const missing = await place.run(["ls", "/nothere"]);

  assertEquals([empty.code, empty.stdout], [0, "Nothing there\n"]);
  assertEquals(missing.code, 1);
  assertMatch(
    missing.stdout,
    /^failed: Cannot find '\/nothere' as there is no such file or folder/,
  );
});
