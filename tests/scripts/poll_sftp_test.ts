import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { generateSshKey } from "../../lib/sftp/embedded/mod.ts";
import type { PollReport } from "../../lib/sftp/mod.ts";
import { absentTarget } from "../support/closed_port.ts";
import type { ApiBehaviour } from "../support/document_api.ts";
import { waitFor } from "../support/wait_for.ts";
import { type PollSandbox, pollSandbox, projectEnvironment } from "./poll_sandbox.ts";

const acme = ["--project", "acme"];

function reportsOf(value: unknown): PollReport[] {
  return Object(value).projects;
}

Deno.test("poll-sftp claims, delivers, and says what it did, to people and programs", async () => {
  await using place = await pollSandbox();
  for (const name of ["a.pdf", "b.PDF", "c.pdf", "d.pdf", "e.pdf", "f.pdf"]) {
    await place.upload(name);
  }
  await Deno.symlink("/etc/passwd", join(place.server.root, "base/input/x.pdf"));

  const first = await place.poll([...acme, "--uploaded-by", "Admin", "--source", "Drop", "--json"]);
  await place.upload("g.pdf");
  const second = await place.poll(acme);

  assertEquals([first.code, first.stderr], [0, ""]);
  const [report] = reportsOf(first.json());
  assertEquals(
    [report?.found, report?.claimed, report?.acknowledged, report?.set_aside, report?.error],
    [7, 6, 6, 1, null],
  );
  assertEquals(report?.set_aside_files, [{ name: "x.pdf", reason: "is a symbolic link" }]);
  const [message] = place.api.accepted.values();
  assertEquals([Object(message).uploaded_by, Object(message).source], ["Admin", "Drop"]);
  assertEquals(place.api.calls.map(({ isSigned }) => isSigned), [true, true, true]);
  assertEquals(second.code, 0);
  assertMatch(
    second.stdout,
    /^acme: 2 found, 1 claimed, 1 acknowledged, 1 set aside in [^\n]+\n {2}set aside: x\.pdf is a symbolic link\n$/,
  );
  assertEquals(await place.names("input"), ["x.pdf"]);
});

Deno.test("poll-sftp names every wrong setting, exits 2, and touches nothing before all is right", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  const key = await generateSshKey({ passphrase: "right" });
  await Deno.writeTextFile(join(place.folder, "key"), key.privateKey);
  const variable = (name: string) => `DEVELOPMENT_ACME_${name}`;
  const cases: [Record<string, string>, string][] = [
    [{ [variable("SFTP_HOST")]: "" }, variable("SFTP_HOST")],
    [{ [variable("SFTP_PORT")]: "abc" }, variable("SFTP_PORT")],
    [{ [variable("SFTP_USER")]: "" }, variable("SFTP_USER")],
    [{ [variable("SFTP_PASS")]: "" }, variable("SFTP_PASS")],
    [{ [variable("SFTP_PRIVATE_KEY")]: "missing" }, variable("SFTP_PRIVATE_KEY")],
    [
      { [variable("SFTP_PRIVATE_KEY")]: "key", [variable("SFTP_PASSPHRASE")]: "wrong" },
      variable("SFTP_PASSPHRASE"),
    ],
    [{ [variable("SFTP_HOST_KEY")]: "SHA256:no" }, variable("SFTP_HOST_KEY")],
    [{ [variable("API_SECRET")]: "" }, variable("API_SECRET")],
    [{ [variable("API_SECRET")]: "whsec_*" }, "API_SECRET"],
    [{ [variable("DOC_AI_API_URL")]: "" }, variable("DOC_AI_API_URL")],
    [{ [variable("DOC_AI_API_URL")]: "api" }, variable("DOC_AI_API_URL")],
    [{ SOURCE_FILES: "" }, "SOURCE_FILES"],
    [{ IN_Progress_Path: "" }, "IN_Progress_Path"],
    [{ IN_Progress_Path: "input/" }, "IN_PROGRESS_PATH"],
    [{ [variable("POLL_TIME_ZONE")]: "Mars" }, variable("POLL_TIME_ZONE")],
  ];

  const results = [];
  for (const [env, name] of cases) {
    results.push([name, await place.poll([...acme, "--json"], { env })] as const);
  }

  for (const [name, { code, stderr }] of results) {
    assertEquals(code, 2, `${name}: ${stderr}`);
    assertStringIncludes(stderr, name);
    assert(!stderr.includes(place.api.secret) && !stderr.includes(place.server.password), stderr);
  }
  assertEquals(place.server.connectionsMade, 0);
  assertEquals(await place.names("input"), ["a.pdf"]);

  // One project that is wrong keeps them all back, and all that is wrong is told at once.
  const { code, stderr } = await place.poll([...acme, "--project", "globex"], {
    env: { [variable("SFTP_PORT")]: "0" },
  });
  assertEquals(code, 2);
  assertMatch(stderr, /^Error: \d problems: .*DEVELOPMENT_ACME_SFTP_PORT.*DEVELOPMENT_GLOBEX_SFTP/);
});

Deno.test("poll-sftp --dry-run tells what it would claim, and writes nothing anywhere", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  await Deno.writeTextFile(join(place.server.root, "base/input/empty.pdf"), "");

  const { code, json, stderr } = await place.poll([...acme, "--dry-run", "--json"]);
  const { stdout } = await place.poll([...acme, "--dry-run"]);

  assertEquals([code, stderr], [0, ""]);
  const [report] = reportsOf(json());
  assertEquals([report?.dry_run, report?.would_claim, report?.unstable], [true, ["a.pdf"], 1]);
  assertMatch(
    stdout,
    /^acme: 2 found, 1 would be claimed, 1 unstable .*\n {2}would claim: a\.pdf\n/,
  );
  assertEquals(await place.names("input"), ["a.pdf", "empty.pdf"]);
  assertEquals([place.api.calls, await Array.fromAsync(Deno.readDir(join(place.folder, "home")))], [
    [],
    [],
  ]);
});

Deno.test("poll-sftp --dry-run tells of refused and waiting batches, and exits as the run would", async () => {
  await using place = await pollSandbox();
  for (const name of ["a.pdf", "b.pdf", "c.pdf"]) await place.upload(name);
  place.api.behave = ({ body }) =>
    body.includes("a.pdf")
      ? { kind: "answer", status: 422 }
      : { kind: "answer", status: 503, headers: { "retry-after": "0" } };
  await place.poll([...acme, "--batch-size", "2"]);
  const calls = place.api.calls.length;

  const both = await place.poll([...acme, "--dry-run", "--json"]);
  const text = await place.poll([...acme, "--dry-run"]);
  const forQueue = await place.poll([...acme, "--dry-run", "--enqueue", "documents", "--json"]);
  await place.poll([...acme, "--forget-failed"]);
  const waiting = await place.poll([...acme, "--dry-run", "--json"]);

  const [report] = reportsOf(both.json());
  assertEquals(
    [
      both.code,
      report?.failed_before,
      report?.failed_batches.length,
      report?.waiting,
      report?.sent,
    ],
    [1, 2, 1, 1, 1],
  );
  assertEquals(text.code, 1);
  assertMatch(text.stdout, /^acme: 0 found, 0 would be claimed, 1 would be sent, 1 waiting in /);
  assertMatch(text.stdout, /\n {2}failed: msg_\S+ \(\S+a\.pdf, \S+b\.pdf\): .*422/);
  assertMatch(text.stdout, /\n {2}waiting for api: msg_\S+ \(\S+c\.pdf\): .*503\n/);
  const [other] = reportsOf(forQueue.json());
  assertEquals([forQueue.code, other?.sent, other?.problems.length], [1, 0, 1]);
  const [rest] = reportsOf(waiting.json());
  assertEquals([waiting.code, rest?.failed_before, rest?.waiting], [0, 0, 1]);
  assertEquals(place.api.calls.slice(calls).every(({ body }) => body.includes("c.pdf")), true);
});

Deno.test("poll-sftp exits 4 when nothing is wrong but that batches wait for the API", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  const isAway: ApiBehaviour = { kind: "answer", status: 503, headers: { "retry-after": "0" } };
  place.api.behave = () => isAway;

  const away = await place.poll(acme);
  await place.upload("b.pdf");
  place.api.behave = ({ body }) =>
    body.includes("b.pdf") ? { kind: "answer", status: 422 } : isAway;
  const refusedToo = await place.poll(acme);

  assertEquals(away.code, 4, away.stdout);
  assertMatch(away.stdout, /^acme: 1 found, 1 claimed, 0 acknowledged, 1 waiting in /);
  assertEquals(refusedToo.code, 1);
  assertMatch(refusedToo.stdout, /^acme: 1 found, 1 claimed, 0 acknowledged, 1 failed, 1 waiting/);
});

Deno.test("poll-sftp polls several projects, and the trouble of one is not that of the others", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  const { port } = absentTarget();
  const env = {
    ...projectEnvironment(place.server, "AWAY"),
    DEVELOPMENT_AWAY_SFTP_PORT: String(port),
    ...projectEnvironment(place.server, "REFUSED"),
    DEVELOPMENT_REFUSED_SFTP_PASS: "wrong password",
    GLOBAL_DOC_AI_API_URL: place.api.url,
    GLOBAL_API_SECRET: place.api.secret,
  };
  const projects = ["away", "acme", "refused"].flatMap((name) => ["--project", name]);

  const all = await place.poll([...projects, "--json"], { env });
  const away = await place.poll(["--project", "away"], { env });
  const refused = await place.poll(["--project", "refused"], { env });

  assertEquals([all.code, away.code, refused.code], [1, 4, 2]);
  assertMatch(away.stdout, /^away: 0 found, 0 claimed, 0 acknowledged in .*, ended early\n$/);
  const reports = Object.fromEntries(reportsOf(all.json()).map((one) => [one.project_id, one]));
  assertEquals(Object.keys(reports).sort(), ["acme", "away", "refused"]);
  assertEquals([reports["acme"]?.acknowledged, reports["acme"]?.error], [1, null]);
  assertEquals(reports["away"]?.error?.error_type, "SFTPConnectionError");
  assertMatch(reports["refused"]?.error?.error ?? "", /DEVELOPMENT_REFUSED_SFTP_PASS/);
  assert(!(all.stdout + all.stderr).includes("wrong password"));
});

Deno.test("poll-sftp --status shows what is in hand; --retry-failed and --forget-failed end it", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  await place.upload("b.pdf");
  place.api.behave = ({ body }) =>
    body.includes("a.pdf")
      ? { kind: "answer", status: 422, body: `no; ${place.api.secret}` }
      : { kind: "answer", status: 503, headers: { "retry-after": "0" } };

  const none = await place.poll(["--status"]);
  const first = await place.poll([...acme, "--batch-size", "1"]);
  const status = await place.poll([...acme, "--status", "--json"]);
  const text = await place.poll(["--status"]);
  place.api.behave = () => ({ kind: "accept" });
  const retried = await place.poll([...acme, "--retry-failed"]);
  const after = await place.poll(["--status", "--json"]);

  assertEquals([none.code, none.stdout], [0, "No project has been polled yet\n"]);
  assertEquals(first.code, 1);
  assertMatch(first.stdout, /^acme: 2 found, 2 claimed, 0 acknowledged, 1 failed, 1 waiting/);
  assertMatch(
    first.stdout,
    /failed: msg_\S+ \(\/base\/done\/\d{8}\/a\.pdf\): .*answers 422: no; \*\*\*/,
  );
  assertMatch(
    first.stdout,
    /waiting for api: msg_\S+ \(\/base\/done\/\d{8}\/b\.pdf\): .*answers 503$/m,
  );
  const [project] = Object(status.json()).projects;
  assertEquals([project.failed_batches.length, project.waiting_batches.length], [1, 1]);
  assertEquals(project.waiting_batches[0].may_have_arrived, true);
  assertEquals(project.in_hand.map(({ stage }: { stage: string }) => stage), ["batched"]);
  assertMatch(text.stdout, /^acme: 1 file in hand, batches: 1 waiting, 1 failed; last pass /);
  assertEquals(retried.code, 0, retried.stdout);
  assertEquals(place.api.acceptedFiles().length, 2);
  const ids = place.api.calls.map(({ id }) => id);
  assertEquals(new Set(ids).size, 2);
  const [ended] = Object(after.json()).projects;
  assertEquals([ended.in_hand, ended.failed_batches, ended.last_pass.error], [[], [], null]);
  for (const { stdout, stderr } of [first, status, text]) {
    assert(!(stdout + stderr).includes(place.api.secret));
  }
});

Deno.test("poll-sftp refuses options that contradict each other", async () => {
  await using place = await pollSandbox();
  const cases = [
    ["--once", "--interval", "5s"],
    ["--interval", "10ms"],
    ["--status", "--dry-run"],
    ["--retry-failed", "--forget-failed"],
    ["--dry-run", "--interval", "5s"],
  ];

  const results = await Promise.all(cases.map((args) => place.poll([...acme, ...args])));

  for (const { code, stderr } of results) {
    assertEquals(code, 1);
    assertMatch(stderr, /^Error: Cannot poll .*; see --help\n$/);
  }
});

Deno.test("a second poll-sftp of a project is refused while the first one runs", async () => {
  await using place = await pollSandbox();
  await using _first = place.start([...acme, "--interval", "1m", "--json"]);
  await waitFor(() => fileThere(`${place.journal()}.lock`), { what: "the first poller's lock" });

  const { code, stderr } = await place.poll(acme);

  assertEquals(code, 1);
  assertMatch(stderr, /Cannot poll the project "acme" as another poller works on it/);
});

async function fileThere(path: string): Promise<boolean> {
  return (await Deno.readTextFile(path).catch(() => "")).trim() !== "";
}

Deno.test("poll-sftp --interval outlives its server, and is back at work when the server is", async () => {
  await using place = await pollSandbox();
  await place.upload("a.pdf");
  await using script = place.start([...acme, "--interval", "1s", "--json"]);
  await waitFor(() => place.api.acceptedFiles().length === 1, { what: "the first file" });

  await place.server.stop();
  await script.waitForLine(/SFTPConnectionError/);
  await place.upload("b.pdf");
  await place.server.start();
  await waitFor(() => place.api.acceptedFiles().length === 2, { what: "the second file" });
  script.kill("SIGTERM");
  const { code, stdout } = await script.result;

  assertEquals(code, 143);
  const lines = stdout.trimEnd().split("\n").map((line): PollReport => JSON.parse(line));
  assertEquals(lines.filter(({ error }) => error !== null).length, 1, "one line for one absence");
  assert(lines.some(({ acknowledged }) => acknowledged === 1));
});

/** Where a poller is when it is killed: what the server or the API does then, once. */
interface KillPoint {
  name: string;
  /** Arranges that `reached` is called when the poller waits there. */
  arrange(place: PollSandbox, reached: () => void, released: Promise<void>): void;
}

const never: ApiBehaviour = { kind: "silence" };

function atRename(name: string, isWanted: (path: string, to: string) => boolean, isDone: boolean) {
  return {
    name,
    arrange({ server }: PollSandbox, reached: () => void, released: Promise<void>) {
      let isOver = false;
      server.faults.answerInstead = async (request) => {
        if (isOver || request.kind !== "rename" || !isWanted(request.path, request.to)) {
          return undefined;
        }
        isOver = true;
        if (isDone) {
          const to = join(server.root, request.to);
          await Deno.mkdir(dirname(to), { recursive: true });
          await Deno.rename(join(server.root, request.path), to);
        }
        reached();
        await released;
        return { kind: "status", code: 4 };
      };
    },
  };
}

const killPoints: readonly KillPoint[] = [
  atRename("intent written, rename not done", (path) => path.endsWith("input/b.pdf"), false),
  atRename("renamed, not answered", (path) => path.endsWith("input/b.pdf"), true),
  atRename("name chosen, rename not done", (_, to) => to.endsWith("/b.pdf"), false),
  atRename("in its place, not answered", (_, to) => to.endsWith("/b.pdf"), true),
  {
    name: "moved, not batched",
    arrange({ server }, reached, released) {
      server.faults.answerInstead = async (request) => {
        if (request.kind !== "lstat" || !request.path.endsWith("/b.pdf")) return undefined;
        reached();
        await released;
        return undefined;
      };
    },
  },
  {
    name: "sent, not received",
    arrange({ api }, reached) {
      api.behave = () => {
        reached();
        return never;
      };
    },
  },
  {
    name: "received, not answered",
    arrange({ api }, reached, until) {
      api.behave = () => {
        reached();
        return { kind: "hold", until };
      };
    },
  },
  {
    name: "first batch acknowledged, second received",
    arrange({ api }, reached, until) {
      api.behave = (_, index) => {
        if (index === 0) return { kind: "accept" };
        reached();
        return { kind: "hold", until };
      };
    },
  },
];

Deno.test("poll-sftp killed with -9 at any step loses nothing and delivers once", async (t) => {
  const half = killPoints.length / 2;
  for (const points of [killPoints.slice(0, half), killPoints.slice(half)]) {
    await t.step(points.map(({ name }) => name).join("; "), async () => {
      await Promise.all(points.map(killThere));
    });
  }
});

async function killThere({ name, arrange }: KillPoint): Promise<void> {
  await using place = await pollSandbox();
  for (const file of ["a.pdf", "b.pdf", "c.pdf"]) await place.upload(file);
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  arrange(place, reached.resolve, released.promise);
  const args = [...acme, "--batch-size", "2"];
  {
    await using script = place.start(args);
    await Promise.race([
      reached.promise,
      script.result.then(({ stderr }) => Promise.reject(new Error(`${name}: ended: ${stderr}`))),
    ]);
    script.kill("SIGKILL");
    await script.result;
  }
  released.resolve();
  place.server.faults.answerInstead = undefined;
  place.api.behave = () => ({ kind: "accept" });

  const { code, stdout } = await place.poll(args);

  assertEquals(code, 0, `${name}: ${stdout}`);
  assertEquals(await place.names("input"), [], name);
  const files = ["a.pdf", "b.pdf", "c.pdf"];
  assertEquals(await place.claimed(), files.map((file) => `${file}: content of ${file}`), name);
  const delivered = place.api.acceptedFiles().map((path) => path.slice(-"a.pdf".length));
  assertEquals([delivered.sort(), place.api.conflicts], [files, []], name);
  const status = await place.poll(["--status", "--json"]);
  assertEquals(Object(status.json()).projects[0].in_hand, [], name);
}
