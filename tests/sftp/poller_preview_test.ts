import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError, OpsdeckError, SFTPConnectionError } from "../../lib/core/mod.ts";
import { Poller, type PollReport, previewPoll } from "../../lib/sftp/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { SimulatedReceiver } from "./simulated_receiver.ts";
import {
  simulatedDay as day,
  simulatedProject as config,
  SimulatedServer,
} from "./simulated_server.ts";

/** A project, whose passes and previews have one journal. */
async function previewPlace() {
  const folder = await temporaryFolder("preview");
  const server = new SimulatedServer();
  const receiver = new SimulatedReceiver(server);
  const journalPath = join(folder.path, "one.journal");
  const connect = () => Promise.resolve(server.connect());
  return {
    server,
    receiver,
    journalPath,
    async pass() {
      await using poller = await Poller.open({
        config,
        connect,
        deliver: receiver.deliver,
        target: "api",
        maxRetries: 0,
        journalPath,
        now: () => new Date("2026-11-21T12:00:00Z"),
      });
      return await poller.pass();
    },
    preview: (target = "api") => previewPoll(config, connect, { target, journalPath }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** What preview and pass say alike. */
function claims({ found, claimed, sent, held, unstable, lost_to_others, problems }: PollReport) {
  return { found, claimed, sent, held, unstable, lost_to_others, problems };
}

const interruptions: Record<string, RegExp> = {
  "before it parked a file": /rename \/base\/input\/b\.pdf/,
  "before it named a file": /rename .*claim.*\/b\.pdf/,
};

for (const [when, operation] of Object.entries(interruptions)) {
  for (const fault of ["lost request", "lost reply"] as const) {
    Deno.test(`previewPoll() tells what the next pass does after one that ended ${when} (${fault})`, async () => {
      await using place = await previewPlace();
      const { server } = place;
      for (const name of ["a.pdf", "b.pdf", "c.pdf"]) server.upload(`/base/input/${name}`);
      server.faultOf = (what) => operation.test(what) ? fault : undefined;
      const first = await place.pass();
      server.faultOf = () => undefined;
      const [before, journal] = [server.snapshot(), await Deno.readFile(place.journalPath)];

      const preview = await place.preview();
      const [after, journalAfter] = [server.snapshot(), await Deno.readFile(place.journalPath)];
      const { report } = await place.pass();

      assertEquals(first.error instanceof SFTPConnectionError, true);
      assertEquals([after, journalAfter], [before, journal]);
      assertEquals(claims(preview), claims(report));
      assertEquals(preview.would_claim.includes("b.pdf"), true);
    });
  }
}

Deno.test("previewPoll() tells of held files, and which of them would go out", async () => {
  await using place = await previewPlace();
  const { server } = place;
  for (const name of ["a.pdf", "b.pdf", "c.pdf"]) server.upload(`/base/input/${name}`);
  server.faultOf = (what) => {
    const [path] = /\S+$/.exec(what) ?? [];
    const node = server.files.get(what.split(" ")[1] ?? "");
    if (path?.startsWith(`${day}/`) && !path.includes(".claim-") && node) node.size++;
    return undefined;
  };
  const { report: first } = await place.pass();
  server.files.delete(`${day}/a.pdf`);
  server.upload(`${day}/b.pdf`, { size: 0 });

  const preview = await place.preview();
  const { report } = await place.pass();

  assertEquals([first.held, first.sent], [3, 0]);
  assertEquals(claims(preview), claims(report));
  assertEquals([preview.held, preview.would_send], [2, [`${day}/c.pdf`]]);
  assertEquals(preview.held_files, [{ name: `${day}/b.pdf`, reason: "is empty" }]);
});

Deno.test("previewPoll() tells which batches wait, and for whom", async () => {
  await using place = await previewPlace();
  place.server.upload("/base/input/a.pdf");
  place.receiver.faultOf = () => "lost request";
  await place.pass();

  const same = await place.preview();
  const other = await place.preview("queue:documents");

  assertEquals([same.waiting, same.sent, same.problems], [1, 1, []]);
  assertEquals(same.waiting_batches[0]?.files, [`${day}/a.pdf`]);
  assertEquals([other.waiting, other.sent], [1, 0]);
  assertEquals(other.problems, [{
    file: "1 file",
    problem: "for the API; poll without --enqueue to deliver",
  }]);
});

Deno.test("previewPoll() refuses what a pass would refuse", async () => {
  await using place = await previewPlace();
  place.server.upload("/base/input/a.pdf");
  place.server.faultOf = () => "lost request";
  await place.pass();
  const elsewhere = { ...place.server.connect(), server: "tester@elsewhere:22" };
  const { journalPath } = place;
  const preview = () =>
    previewPoll(config, () => Promise.resolve(elsewhere), { target: "api", journalPath });

  const other = await assertRejects(preview, ConfigurationError);
  const bytes = await Deno.readFile(journalPath);
  bytes[20] = 0x21;
  await Deno.writeFile(journalPath, bytes);
  const damaged = await assertRejects(preview, OpsdeckError);

  assertEquals([other.code, damaged.code, damaged.exitCode], [
    "OTHER_SERVER",
    "DATA_CORRUPTION",
    3,
  ]);
});
