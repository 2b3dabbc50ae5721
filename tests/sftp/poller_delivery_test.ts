import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigurationError, OpsdeckError, readJournal } from "../../lib/core/mod.ts";
import { Poller, type PollerConfig, type PollerOptions } from "../../lib/sftp/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import type { ApiBehaviour } from "../support/document_api.ts";
import { type PollerSandbox, pollerSandbox } from "./poller_sandbox.ts";
import { SimulatedReceiver } from "./simulated_receiver.ts";
import { SimulatedServer } from "./simulated_server.ts";

/** Gives a project whose poller makes batches of one file. */
async function project(): Promise<PollerSandbox> {
  const server = await embeddedSftpServer();
  const place = await pollerSandbox(server);
  return Object.assign(Object.create(place), {
    config: { ...place.config, batchSize: 1 },
    open: (changes: Partial<PollerOptions> = {}) =>
      place.open({ ...changes, config: { ...place.config, batchSize: 1, ...changes.config } }),
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  });
}

function idsOf({ api }: PollerSandbox): string[] {
  return api.calls.map(({ id }) => id);
}

Deno.test("Poller delivers exactly once though the API answers 500, 429, nothing, or too late", async () => {
  await using place = await project();
  const faults: ApiBehaviour[] = [
    { kind: "answer", status: 500 },
    { kind: "answer", status: 429, headers: { "retry-after": "0" } },
    { kind: "silence" },
    { kind: "lose reply" },
  ];
  place.api.behave = (_, index) => faults[index] ?? { kind: "accept" };
  await place.upload("a.pdf");
  await using poller = await place.open({ maxRetries: 4 });

  const { report, error } = await poller.pass();

  assertEquals([error, report.acknowledged], [undefined, 1]);
  assertEquals(place.api.calls.length, 5);
  assertEquals(new Set(idsOf(place)).size, 1);
  assertEquals(new Set(place.api.calls.map(({ body }) => body)).size, 1);
  assertEquals([place.api.accepted.size, place.api.conflicts], [1, []]);
});

Deno.test("Poller keeps what it could not deliver, says why, and sends it under the same id later", async () => {
  await using place = await project();
  place.api.behave = () => ({ kind: "answer", status: 503, body: "maintenance" });
  await place.upload("a.pdf");
  {
    await using poller = await place.open({ maxRetries: 1 });
    const { report, error } = await poller.pass();
    assertEquals([error, report.sent, report.acknowledged, report.waiting], [undefined, 1, 0, 1]);
  }
  place.api.behave = () => ({ kind: "accept" });
  // The configuration changes in between: what was composed stays as it was.
  await using poller = await place.open({ config: { ...place.config, profileCode: "other" } });

  const { report } = await poller.pass();

  assertEquals([report.acknowledged, report.waiting], [1, 0]);
  assertEquals(place.api.calls.map(({ status }) => status), [503, 503, 202]);
  assertEquals(new Set(idsOf(place)).size, 1);
  assertEquals(new Set(place.api.calls.map(({ body }) => body)).size, 1);
});

Deno.test("Poller puts what the API refuses on the failed list until a person decides", async () => {
  await using place = await project();
  place.api.behave = () => ({ kind: "answer", status: 422, body: "unknown profile" });
  await place.upload("a.pdf");
  await place.upload("b.pdf");
  {
    await using poller = await place.open();
    const first = await poller.pass();
    const second = await poller.pass();
    assertEquals([first.report.failed, first.report.failed_before], [2, 0]);
    assertEquals([second.report.failed, second.report.failed_before], [0, 2]);
    assertMatch(second.report.failed_batches[0]?.reason ?? "", /answers 422: unknown profile/);
    assertEquals(place.api.calls.length, 2, "not sent again by itself");
  }
  place.api.behave = (call) =>
    call.body.includes("b.pdf") ? { kind: "answer", status: 422 } : { kind: "accept" };
  await using poller = await place.open();

  assertEquals(await poller.retryFailed(), 2);
  const { report } = await poller.pass();

  assertEquals([report.acknowledged, report.failed], [1, 1]);
  assertEquals(idsOf(place).slice(2).sort(), idsOf(place).slice(0, 2).sort());
  assertEquals(await poller.forgetFailed(), ["/base/in progress/11212026/b.pdf"]);
  const { report: last } = await poller.pass();
  assertEquals([last.failed_before, last.failed_batches], [0, []]);
  assertEquals(await place.names("in progress/11212026"), ["a.pdf", "b.pdf"]);
});

Deno.test("Poller lets no message that the API chokes on keep the others back", async () => {
  await using place = await project();
  for (const name of ["a", "b", "c", "d", "e", "f"]) await place.upload(`${name}.pdf`);
  place.api.behave = ({ body }) =>
    /"filename":"[abcd]/.test(body) ? { kind: "answer", status: 500 } : { kind: "accept" };
  await using poller = await place.open({ maxRetries: 1 });

  const first = await poller.pass();
  const second = await poller.pass();

  assertEquals([first.report.acknowledged, first.report.waiting], [0, 6], "taken to be away");
  assertEquals(place.api.calls.length > 4, true);
  assertEquals([second.report.acknowledged, second.report.waiting], [2, 4]);
});

Deno.test("Poller tries three batches and no more when the API is away", async () => {
  await using place = await project();
  for (let n = 10; n < 22; n++) await place.upload(`${n}.pdf`);
  place.api.behave = () => ({ kind: "answer", status: 503 });
  await using poller = await place.open({ maxRetries: 2 });

  const { report } = await poller.pass();

  assertEquals(idsOf(place).length, 3 + 1 + 1);
  assertEquals([report.claimed, report.sent, report.waiting], [12, 3, 12]);
  const reasons = report.waiting_batches.map(({ reason }) => /answers 503/.test(reason));
  assertEquals(reasons.filter((isTold) => isTold).length, 3, "each batch says why it waits");
});

Deno.test("Poller delivers what waits even when the SFTP server is away", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  await place.upload("a.pdf");
  place.api.behave = () => ({ kind: "answer", status: 503 });
  await using poller = await place.open({ maxRetries: 0 });
  await poller.pass();
  await server.stop();
  place.api.behave = () => ({ kind: "accept" });

  const { report, error } = await poller.pass();

  assert(error instanceof OpsdeckError && error.exitCode === 4, String(error));
  assertEquals([report.acknowledged, report.waiting], [1, 0]);
});

Deno.test("Poller never gives a batch that was made for one receiver to another", async () => {
  await using place = await project();
  await place.upload("a.pdf");
  place.api.behave = () => ({ kind: "answer", status: 503 });
  {
    await using poller = await place.open({ maxRetries: 0 });
    await poller.pass();
  }
  const delivered: string[] = [];
  await using poller = await place.open({
    target: "queue:documents",
    deliver: ({ files }) => Promise.resolve(void delivered.push(...files.map((f) => f.filename))),
  });
  await place.upload("b.pdf");

  const { report } = await poller.pass();

  assertEquals(delivered, ["b.pdf"]);
  assertEquals(report.problems, [
    { file: "1 file", problem: "for the API; poll without --enqueue to deliver" },
  ]);
});

Deno.test("Poller claims nothing while its receiver says that it cannot take it", async () => {
  await using place = await project();
  await place.upload("a.pdf");
  await using poller = await place.open({
    ready: () => Promise.reject(new OpsdeckError("Cannot reach the queue")),
  });

  const { report, error } = await poller.pass();

  assertMatch(String(error), /Cannot reach the queue/);
  assertEquals(report.claimed, 0);
  assertEquals(await place.names("input"), ["a.pdf"]);
});

Deno.test("Poller claims nothing more once it is stopped, and the next run goes on", async () => {
  await using place = await project();
  for (const name of ["a", "b", "c"]) await place.upload(`${name}.pdf`);
  const controller = new AbortController();
  place.api.behave = () => {
    controller.abort(new DOMException("Stopped by a signal", "AbortError"));
    return { kind: "accept" };
  };
  {
    await using poller = await place.open();
    const { report, error } = await poller.pass({ signal: controller.signal });
    assertEquals([error, report.claimed, report.acknowledged, report.waiting], [
      undefined,
      3,
      1,
      2,
    ]);
  }
  place.api.behave = () => ({ kind: "accept" });
  await using poller = await place.open();

  const { report } = await poller.pass();

  assertEquals([report.claimed, report.acknowledged, report.waiting], [0, 2, 0]);
  assertEquals(place.api.acceptedFiles().length, 3);
});

const simulated: PollerConfig = {
  projectId: "acme",
  path: "/base",
  sourceFolder: "input",
  inProgressFolder: "done",
  batchSize: 2,
  stableMs: 0,
};

async function simulatedPoller(
  server: SimulatedServer,
  journalPath: string,
  changes: Partial<PollerOptions> = {},
): Promise<Poller> {
  const receiver = new SimulatedReceiver(server);
  return await Poller.open({
    config: simulated,
    connect: () => Promise.resolve(server.connect()),
    deliver: receiver.deliver,
    target: "api",
    journalPath,
    ...changes,
  });
}

Deno.test("Poller keeps its journal small, and keeps all that is in hand in it", async () => {
  await using folder = await temporaryFolder("poller");
  const path = `${folder.path}/acme.journal`;
  const server = new SimulatedServer();
  const refused = new OpsdeckError("Cannot deliver", { code: "CALL_REFUSED" });
  {
    server.upload("/base/input/refused.pdf");
    const deliver = () => Promise.reject(refused);
    await using poller = await simulatedPoller(server, path, { deliver });
    await poller.pass();
  }
  {
    await using poller = await simulatedPoller(server, path);
    for (let pass = 0; pass < 4; pass++) {
      for (let n = 0; n < 120; n++) server.upload(`/base/input/${pass}-${n}.pdf`);
      await poller.pass();
    }
  }
  const { entries } = await readJournal(path, Object);
  await using poller = await simulatedPoller(server, path);

  const { report } = await poller.pass();

  assert(entries.length < 1500, `${entries.length} lines`);
  assertEquals(report.failed_before, 1);
  assertEquals(report.failed_batches[0]?.reason, "Cannot deliver");
  assertEquals(report.acknowledged, 0);
});

Deno.test("Poller keeps a claimed file that is gone until it is back or forgotten", async () => {
  await using folder = await temporaryFolder("poller");
  const path = `${folder.path}/acme.journal`;
  const server = new SimulatedServer();
  server.upload("/base/input/a.pdf");
  server.onChange = () => {
    // A person takes it away before it is looked at.
    const place = server.below("/base/done").find((file) => file.endsWith("/a.pdf"));
    if (place !== undefined) server.files.delete(place);
  };
  await using poller = await simulatedPoller(server, path);

  for (let pass = 0; pass < 2; pass++) {
    const { report, error } = await poller.pass();
    assertEquals([error, report.held, report.sent], [undefined, 1, 0]);
    assertMatch(report.problems[0]?.problem ?? "", /^Cannot find '.*a\.pdf', which was claimed/);
  }
  assertEquals((await poller.forgetFailed()).length, 1);
  const { report } = await poller.pass();

  assertEquals([report.held, report.problems], [0, []]);
});

Deno.test("Poller refuses another server while claims of the first one are open", async () => {
  await using folder = await temporaryFolder("poller");
  const path = `${folder.path}/acme.journal`;
  const server = new SimulatedServer();
  server.upload("/base/input/a.pdf");
  server.faultOf = () => "lost request";
  {
    await using poller = await simulatedPoller(server, path);
    await poller.pass();
  }
  server.faultOf = () => undefined;
  const connect = () => Promise.resolve({ ...server.connect(), server: "tester@elsewhere:22" });
  {
    await using poller = await simulatedPoller(server, path, { connect });
    const { error } = await poller.pass();
    assert(error instanceof ConfigurationError, String(error));
    assertMatch(
      error.message,
      /tester@elsewhere:22 as 1 claimed file is .* on tester@simulated:22/,
    );
  }
  await using poller = await simulatedPoller(server, path);

  const { report } = await poller.pass();

  assertEquals(report.acknowledged, 1);
});

Deno.test("Poller forgets no claimed file as gone while it looks at another server", async () => {
  await using folder = await temporaryFolder("poller");
  const path = `${folder.path}/acme.journal`;
  const server = new SimulatedServer();
  server.upload("/base/input/a.pdf");
  server.onChange = () => {
    // Whoever uploads it goes on writing.
    for (const file of server.below("/base/done")) server.upload(file, { size: 11 });
  };
  {
    await using poller = await simulatedPoller(server, path);
    const { report } = await poller.pass();
    assertEquals([report.claimed, report.held], [1, 1]);
  }
  server.onChange = () => {};
  const elsewhere = new SimulatedServer();
  const connect = () => Promise.resolve({ ...elsewhere.connect(), server: "tester@elsewhere:22" });
  {
    await using poller = await simulatedPoller(elsewhere, path, { connect });
    const error = await assertRejects(() => poller.forgetFailed(), ConfigurationError);
    assertEquals(error.code, "OTHER_SERVER");
  }
  await using poller = await simulatedPoller(server, path);

  const { report } = await poller.pass();

  assertEquals(report.acknowledged, 1);
});

Deno.test("Poller claims the other files when one cannot be moved, and tells which", async () => {
  await using folder = await temporaryFolder("poller");
  const server = new SimulatedServer();
  for (const name of ["a", "b", "c"]) server.upload(`/base/input/${name}.pdf`);
  const denied = new OpsdeckError("Cannot rename b.pdf as permission is denied", {
    context: { remote_path: "/base/input/b.pdf" },
  });
  const connect = () => {
    const connection = server.connect();
    return Promise.resolve({
      ...connection,
      rename: (from: string, to: string) =>
        from.endsWith("/b.pdf") ? Promise.reject(denied) : connection.rename(from, to),
    });
  };
  const path = `${folder.path}/acme.journal`;
  await using poller = await simulatedPoller(server, path, { connect });

  for (const acknowledged of [2, 0, 0]) {
    const { report, error } = await poller.pass();
    assertEquals([error, report.acknowledged], [undefined, acknowledged]);
    assertEquals(report.problems, [
      { file: "b.pdf", problem: "Cannot rename b.pdf as permission is denied" },
    ]);
  }
  const { entries } = await readJournal(path, (value) => String(Object(value).type));
  assertEquals(entries.filter((type) => type === "intent").length, 3, "no claim piles up");
});

Deno.test("Poller says that the source folder is missing, and goes on when it is there", async () => {
  await using place = await project();
  await Deno.remove(place.local("input"));
  await using poller = await place.open();

  const { error } = await poller.pass();

  assertMatch(String(error), /Cannot list '\/base\/input' .*no such file; check the path/);
});

Deno.test("Poller.open() refuses a damaged journal with exit code 3, and touches nothing", async () => {
  await using place = await project();
  await place.upload("a.pdf");
  {
    await using poller = await place.open();
    await poller.pass();
  }
  const bytes = await Deno.readFile(place.journalPath());
  bytes[20] = 0x21;
  await Deno.writeFile(place.journalPath(), bytes);

  const error = await assertRejects(() => place.open(), OpsdeckError);

  assertEquals([error.code, error.exitCode], ["DATA_CORRUPTION", 3]);
});
