import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { OpsdeckError } from "../../lib/core/mod.ts";
import type { Connect, PollReport } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { type PollerSandbox, pollerSandbox } from "./poller_sandbox.ts";

const day = "in progress/11212026";

/** The files of each accepted message, by their names. */
function batches({ api }: PollerSandbox): string[][] {
  return [...api.accepted.values()].map(({ files }) => files.map(({ filename }) => filename));
}

/** The counts that are not zero. */
function counts(report: PollReport): Record<string, number> {
  return Object.fromEntries(
    Object.entries(report).filter(([name, value]) =>
      typeof value === "number" && value > 0 && name !== "duration_ms"
    ),
  );
}

forEachSftpServer(
  "Poller claims PDFs into the day's folder and calls the API in batches of 5",
  async (server) => {
    await using place = await pollerSandbox(server);
    const names = [
      "a b.pdf",
      "c'd\"e.PDF",
      "f.pDf",
      "ünïcodé “7”.pdf",
      ".pdf",
      "$(x);y.pdf",
      "-z.pdf",
    ];
    for (const name of names) await place.upload(name);
    await place.upload("notes.txt");
    await place.upload("a.pdf.part");
    await using poller = await place.open();

    const { report, error } = await poller.pass();

    assertEquals(error, undefined);
    assertEquals(counts(report), { found: 7, claimed: 7, sent: 7, acknowledged: 7 });
    assertEquals(await place.names(day), names.toSorted());
    assertEquals(await place.names("input"), ["a.pdf.part", "notes.txt"]);
    for (const name of names) {
      assertEquals(
        await place.read(`${day}/${name}`),
        `content of ${name}`,
      );
    }
    assertEquals(batches(place).map((files) => files.length), [5, 2]);
    assertEquals(place.api.calls.map(({ isSigned, status }) => [isSigned, status]), [
      [true, 202],
      [true, 202],
    ]);
    const [message] = place.api.accepted.values();
    assertEquals(Object(message), {
      project_id: "tests",
      profile_code: "invoices",
      uploaded_by: "SFTP",
      source: "SFTP",
      files: names.toSorted().slice(0, 5).map((name) => ({
        filename: name,
        backup_path: server.remotePath(`base/${day}/${name}`),
      })),
    });
    assertEquals(place.api.acceptedFiles().length, 7);

    const again = await poller.pass();

    assertEquals([counts(again.report), again.error], [{}, undefined]);
    assertEquals(place.api.calls.length, 2);
  },
);

forEachSftpServer(
  "Poller leaves links, folders and impossible names where they are, told once",
  async (server) => {
    await using place = await pollerSandbox(server);
    await Deno.writeTextFile(place.local("secret.pdf"), "elsewhere");
    await Deno.symlink(place.local("secret.pdf"), place.local("input/x.pdf"));
    await Deno.mkdir(place.local("input/y.pdf"));
    await Deno.writeTextFile(place.local("input/two\nlines.pdf"), "1");
    await Deno.writeTextFile(place.local("input/tab\t.pdf"), "1");
    await Deno.writeTextFile(place.local("input/..\\x.pdf"), "1");
    await plantBytes(place.local("input"), "\\377\\376.pdf");
    await place.upload("good.pdf");
    await using poller = await place.open();

    const { report, error } = await poller.pass();
    const second = await poller.pass();

    assertEquals(error, undefined);
    assertEquals(counts(report), { found: 7, set_aside: 6, claimed: 1, sent: 1, acknowledged: 1 });
    assertEquals(
      Object.fromEntries(report.set_aside_files.map(({ name, reason }) => [name, reason])),
      {
        "x.pdf": "is a symbolic link",
        "y.pdf": "is a folder",
        "two\nlines.pdf": "contains a control character",
        "tab\t.pdf": "contains a control character",
        "..\\x.pdf": "contains a path separator",
        "\uFFFD\uFFFD.pdf": "is not valid UTF-8",
      },
    );
    assertEquals((await place.names("input")).length, 6);
    assertEquals(place.api.acceptedFiles(), [server.remotePath(`base/${day}/good.pdf`)]);
    assertEquals([second.report.set_aside, second.report.set_aside_files], [6, []]);
  },
);

/** A name that is no UTF-8 cannot be written by way of a text. */
async function plantBytes(folder: string, octalName: string): Promise<void> {
  const script = `touch "$1/$(printf '${octalName}')"`;
  const { success } = await new Deno.Command("sh", { args: ["-c", script, "sh", folder] }).output();
  assert(success);
}

forEachSftpServer(
  "Poller waits for uploads that are empty, grow, or stall and go on",
  async (server) => {
    await using place = await pollerSandbox(server);
    await Deno.writeTextFile(place.local("input/empty.pdf"), "");
    await place.upload("whole.pdf");
    await place.upload("grows.pdf", "1");
    let looks = 0;
    const connect: Connect = onList(place, async () => {
      looks++;
      // Between the two looks of the first and of the third pass; it stalls in the second.
      if ([2, 6].includes(looks)) {
        await Deno.writeTextFile(place.local("input/grows.pdf"), "2", { append: true });
        await Deno.utime(place.local("input/grows.pdf"), 1_700_000_000, 1_700_000_000);
      }
    });
    await using poller = await place.open({ connect });

    const first = await poller.pass();

    assertEquals(counts(first.report), {
      found: 3,
      unstable: 2,
      claimed: 1,
      sent: 1,
      acknowledged: 1,
    });
    assertEquals(first.report.unstable_files, [
      { name: "empty.pdf", reason: "is empty" },
      { name: "grows.pdf", reason: "is changing" },
    ]);

    const second = await poller.pass();

    // Nothing tells a stalled upload from a whole one before it is claimed.
    assertEquals(counts(second.report).claimed, 1);
    assertEquals(await place.names("input"), ["empty.pdf"]);
  },
);

/** Runs something before each listing of the source folder. */
function onList(place: PollerSandbox, before: () => Promise<void>): Connect {
  return async (options) => {
    const connection = await place.connect(options);
    return {
      server: connection.server,
      async list(path) {
        await before();
        return await connection.list(path);
      },
      lstat: (path) => connection.lstat(path),
      rename: (from, to) => connection.rename(from, to),
      mkdir: (path, options) => connection.mkdir(path, options),
      realPath: (path) => connection.realPath(path),
    };
  };
}

forEachSftpServer(
  "Poller holds a file that grows while it is claimed, until it is whole",
  async (server) => {
    await using place = await pollerSandbox(server);
    await place.upload("a.pdf", "the beginning");
    await place.upload("b.pdf");
    using handle = await Deno.open(place.local("input/a.pdf"), { append: true });
    const write = (text: string) => handle.write(new TextEncoder().encode(text));
    let writes = 0;
    const connect: Connect = async (options) => {
      const connection = await place.connect(options);
      return {
        server: connection.server,
        list: (path) => connection.list(path),
        lstat: async (path) => {
          if (path.endsWith("a.pdf") && writes++ < 2) await write(", more");
          return await connection.lstat(path);
        },
        rename: (from, to) => connection.rename(from, to),
        mkdir: (path, options) => connection.mkdir(path, options),
        realPath: (path) => connection.realPath(path),
      };
    };
    await using poller = await place.open({ connect });

    const first = await poller.pass();
    const second = await poller.pass();
    const third = await poller.pass();

    assertEquals(counts(first.report), { found: 2, claimed: 2, held: 1, sent: 1, acknowledged: 1 });
    assertEquals(first.report.held_files.map(({ reason }) => reason), ["is changing"]);
    assertEquals(counts(second.report), { sent: 1, acknowledged: 1 }, "it was whole by then");
    assertEquals(counts(third.report), {});
    assertEquals(batches(place), [["b.pdf"], ["a.pdf"]]);
    assertEquals(await place.read(`${day}/a.pdf`), "the beginning, more, more");
  },
);

forEachSftpServer("two pollers share a folder: each file has exactly one owner", async (server) => {
  await using place = await pollerSandbox(server);
  const names = Array.from({ length: 40 }, (_, index) => `${index + 10}.pdf`);
  for (const name of names) await place.upload(name);
  await using one = await place.open({ name: "one" });
  await using two = await place.open({ name: "two" });

  const outcomes = await Promise.all([one.pass(), two.pass()]);

  for (const { error, report } of outcomes) assertEquals([error, report.problems], [undefined, []]);
  const claimed = outcomes.map(({ report }) => report.claimed);
  assertEquals(claimed.reduce((a, b) => a + b), 40, String(claimed));
  assertEquals(batches(place).flat().sort(), names);
  assertEquals(await place.names(day), names);
  for (const { report } of outcomes) assertEquals(report.claimed + report.lost_to_others, 40);
});

forEachSftpServer(
  "Poller gives a name that is taken a suffix, and overwrites nothing",
  async (server) => {
    await using place = await pollerSandbox(server);
    await using poller = await place.open();
    for (let round = 1; round <= 7; round++) {
      await place.upload("a.pdf", `round ${round}`);
      await poller.pass();
    }

    const names = await place.names(day);

    assert(names.includes("a-2.pdf"));
    assertEquals(names.filter((name) => /^a(-[2-5])?\.pdf$/.test(name)).length, 5);
    assertEquals(names.filter((name) => /^a-[0-9a-f-]{36}\.pdf$/.test(name)).length, 2);
    const contents = await Promise.all(names.map((name) => place.read(`${day}/${name}`)));
    assertEquals(contents.sort(), [1, 2, 3, 4, 5, 6, 7].map((round) => `round ${round}`));
    assertEquals(batches(place), Array.from({ length: 7 }, () => ["a.pdf"]));
    assertEquals(new Set(place.api.acceptedFiles()).size, 7);
  },
);

forEachSftpServer(
  "Poller goes on after the server hung up in the middle of its claims",
  async (server) => {
    await using place = await pollerSandbox(server);
    const names = Array.from({ length: 30 }, (_, index) => `${index + 10}.pdf`);
    for (const name of names) await place.upload(name);
    let renames = 0;
    const connect: Connect = async (options) => {
      const connection = await place.connect(options);
      return {
        server: connection.server,
        list: (path) => connection.list(path),
        lstat: (path) => connection.lstat(path),
        rename: async (from, to) => {
          if (++renames === 17) await server.killSessions();
          await connection.rename(from, to);
        },
        mkdir: (path, options) => connection.mkdir(path, options),
        realPath: (path) => connection.realPath(path),
      };
    };
    await using poller = await place.open({ connect });

    const first = await poller.pass();
    const second = await poller.pass();

    assertEquals(first.report.error?.error_type, "SFTPConnectionError");
    assertEquals([second.error, second.report.problems], [undefined, []]);
    assertEquals(batches(place).flat().sort(), names);
    assertEquals(await place.names(day), names);
  },
);

Deno.test("Poller finds out what a rename did whose reply was lost", async () => {
  for (const lost of [1, 2]) {
    await using server = await embeddedSftpServer();
    await using place = await pollerSandbox(server);
    await place.upload("a.pdf");
    let renames = 0;
    const isLost = server.loseAnswer(({ kind }) => kind === "rename" && ++renames === lost);
    await using poller = await place.open();

    const first = await poller.pass();
    await isLost;
    const second = await poller.pass();

    assertEquals(first.report.error?.error_type, "SFTPConnectionError");
    assertEquals([second.error, second.report.problems], [undefined, []]);
    assertEquals(batches(place), [["a.pdf"]]);
    assertEquals(await place.names(day), ["a.pdf"]);
  }
});

Deno.test("Poller takes no file from the in-progress folder that it did not claim", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  await Deno.mkdir(place.local(day), { recursive: true });
  await Deno.writeTextFile(place.local(`${day}/other.pdf`), "another host's");
  await Deno.writeTextFile(place.local(`${day}/.claim-1.pdf`), "another host's");
  await using poller = await place.open();

  const { report } = await poller.pass();

  assertEquals([counts(report), place.api.calls], [{}, []]);
  assertEquals(await place.names(day), [".claim-1.pdf", "other.pdf"]);
});

Deno.test("Poller sends what was claimed before midnight from where it was claimed", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  let now = new Date("2026-12-31T23:59:59.999Z");
  place.api.behave = () => ({ kind: "answer", status: 503 });
  await using poller = await place.open({ now: () => now, maxRetries: 0 });
  await place.upload("old.pdf");

  await poller.pass();
  now = new Date("2027-01-01T00:00:00Z");
  place.api.behave = () => ({ kind: "accept" });
  await place.upload("new.pdf");
  await poller.pass();
  now = new Date("2020-02-29T00:00:00Z"); // a clock that is set back
  await place.upload("older.pdf");
  const { error } = await poller.pass();

  assertEquals(error, undefined);
  assertEquals(place.api.acceptedFiles().sort(), [
    "/base/in progress/01012027/new.pdf",
    "/base/in progress/02292020/older.pdf",
    "/base/in progress/12312026/old.pdf",
  ]);
});

Deno.test("Poller names the day's folder by the calendar of its time zone", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  const now = () => new Date("2026-11-21T23:30:00Z");
  const zones = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"];
  for (const timeZone of zones) {
    const config = { ...place.config, timeZone };
    await using poller = await place.open({ config, now });
    await place.upload(`${timeZone.replace("/", "-")}.pdf`);
    await poller.pass();
  }

  assertEquals(await place.names("in progress"), ["11212026", "11222026"]);
  assertEquals(await place.names("in progress/11212026"), ["America-Los_Angeles.pdf", "UTC.pdf"]);
});

Deno.test("a second poller with the same journal is refused, and says why", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  await using _first = await place.open();

  const error = await assertRejects(() => place.open(), OpsdeckError);

  assertEquals(error.code, "LOCK_TIMEOUT");
  assertMatch(error.message, /^Cannot poll the project "tests" as another poller works on it/);
});

Deno.test("Poller makes the folder of its journals for its user alone", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  const folder = join(place.journalPath(), "../made/for it");

  await using _poller = await place.open({ journalPath: join(folder, "a.journal") });

  const { mode } = await Deno.stat(folder);
  assertEquals((mode ?? 0) & 0o777, 0o700);
});
