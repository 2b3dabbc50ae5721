import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Poller } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer, type EmbeddedTestServer } from "../support/embedded_sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { pollerSandbox } from "./poller_sandbox.ts";
import { SimulatedReceiver } from "./simulated_receiver.ts";
import { simulatedDay, simulatedProject as config, SimulatedServer } from "./simulated_server.ts";

const day = "in progress/11212026";

/** Has a server rename over what is there, as `rclone serve sftp` does. */
function overwriteByRenames(server: EmbeddedTestServer): void {
  server.faults.answerInstead = async (request) => {
    if (request.kind !== "rename") return undefined;
    try {
      await Deno.rename(join(server.root, request.path), join(server.root, request.to));
      return { kind: "status", code: 0 };
    } catch {
      return { kind: "status", code: 2 };
    }
  };
}

Deno.test("Poller keeps every file of one name on a server whose rename overwrites", async () => {
  await using server = await embeddedSftpServer();
  overwriteByRenames(server);
  await using place = await pollerSandbox(server);
  await using poller = await place.open();
  const rounds = [1, 2, 3, 4, 5, 6, 7].map((round) => `round ${round}`);
  for (const round of rounds) {
    await place.upload("doc.pdf", round);
    const { error, report } = await poller.pass();
    assertEquals([error, report.problems, report.acknowledged], [undefined, [], 1]);
  }

  const names = await place.names(day);

  const contents = await Promise.all(names.map((name) => place.read(`${day}/${name}`)));
  assertEquals(contents.sort(), rounds);
  assertEquals(new Set(place.api.acceptedFiles()).size, rounds.length);
});

Deno.test("Poller knows a file that another was faster with, though the server says only that it failed", async () => {
  await using server = await embeddedSftpServer();
  await using place = await pollerSandbox(server);
  await place.upload("a.pdf");
  server.faults.answerInstead = async (request) => {
    if (request.kind !== "rename") return undefined;
    await Deno.remove(place.local("input/a.pdf")); // another poller has it now
    return { kind: "status", code: 4 };
  };
  await using poller = await place.open();

  const { error, report } = await poller.pass();

  assertEquals([error, report.problems], [undefined, []]);
  assertEquals([report.claimed, report.lost_to_others], [0, 1]);
});

async function pollerOf(server: SimulatedServer, receiver: SimulatedReceiver, folder: string) {
  return await Poller.open({
    config,
    connect: () => Promise.resolve(server.connect()),
    deliver: receiver.deliver,
    target: "api",
    retryDelayMs: 0,
    journalPath: join(folder, "one.journal"),
    now: () => new Date("2026-11-21T12:00:00Z"),
  });
}

Deno.test("Poller gives two files that want one name at the same moment two names, though a rename overwrites", async () => {
  await using folder = await temporaryFolder("poller");
  const server = new SimulatedServer();
  server.overwrites = true;
  server.folders.add("/base/done").add(simulatedDay);
  server.upload(`${simulatedDay}/a.pdf`, { content: "old a.pdf" });
  for (const name of ["a.pdf", "a-2.pdf"]) {
    server.upload(`/base/input/${name}`, { content: `new ${name}` });
  }
  const receiver = new SimulatedReceiver(server);
  await using poller = await pollerOf(server, receiver, folder.path);

  const { error, report } = await poller.pass();

  assertEquals([error, report.problems, report.acknowledged], [undefined, [], 2]);
  assertEquals(receiver.contents(), ["new a-2.pdf", "new a.pdf"]);
  assertEquals(server.below(simulatedDay).length, 3);
});

Deno.test("Poller gives no name of a file that waits for its batch to another, though its file is away", async () => {
  await using folder = await temporaryFolder("poller");
  const server = new SimulatedServer();
  server.upload("/base/input/a.pdf", { content: "first" });
  const receiver = new SimulatedReceiver(server);
  receiver.faultOf = () => "lost reply";
  await using poller = await pollerOf(server, receiver, folder.path);
  await poller.pass({});
  server.files.delete(`${simulatedDay}/a.pdf`); // the receiver has taken it, and nobody heard of it
  server.upload("/base/input/a.pdf", { content: "second" });

  receiver.faultOf = () => undefined;
  const { report } = await poller.pass();

  assertEquals(report.acknowledged, 2);
  assertEquals(server.below(simulatedDay), [`${simulatedDay}/a-2.pdf`]);
  assertEquals(receiver.contents(), ["first", "second"]);
});

Deno.test("Poller takes the next name when one is taken between its look and its rename", async () => {
  await using folder = await temporaryFolder("poller");
  const server = new SimulatedServer();
  server.upload("/base/input/a.pdf", { content: "new" });
  server.faultOf = (operation) => {
    if (operation.endsWith(`${simulatedDay}/a.pdf`)) server.upload(`${simulatedDay}/a.pdf`);
    return undefined;
  };
  const receiver = new SimulatedReceiver(server);
  await using poller = await pollerOf(server, receiver, folder.path);

  const { error, report } = await poller.pass();

  assertEquals([error, report.problems, report.acknowledged], [undefined, [], 1]);
  assertEquals(server.files.get(`${simulatedDay}/a-2.pdf`)?.content, "new");
});
