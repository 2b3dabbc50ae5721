import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { scanJournal } from "../../lib/core/mod.ts";
import { Poller } from "../../lib/sftp/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type DeliveryFault, SimulatedReceiver } from "./simulated_receiver.ts";
import {
  type Fault,
  simulatedDay as day,
  simulatedProject as config,
  SimulatedServer,
} from "./simulated_server.ts";

/** A server with uploads, of which one has the name of a file that was claimed before. */
function busyServer(names: readonly string[], overwrites: boolean): SimulatedServer {
  const server = new SimulatedServer();
  server.overwrites = overwrites;
  for (const name of names) server.upload(`/base/input/${name}`, { content: `new ${name}` });
  server.folders.add("/base/done").add(day);
  server.upload(`${day}/a.pdf`, { content: "old a.pdf" });
  return server;
}

async function openPoller(
  journalPath: string,
  server: SimulatedServer,
  receiver: SimulatedReceiver,
): Promise<Poller> {
  return await Poller.open({
    config,
    connect: () => Promise.resolve(server.connect()),
    deliver: receiver.deliver,
    target: "api",
    maxRetries: 1,
    retryDelayMs: 0,
    journalPath,
    now: () => new Date("2026-11-21T23:59:59Z"),
  });
}

function assertAllDelivered(
  names: readonly string[],
  server: SimulatedServer,
  receiver: SimulatedReceiver,
  what: string,
): void {
  assertEquals(receiver.contents(), names.map((name) => `new ${name}`).sort(), what);
  assertEquals(server.below("/base/input"), [], what);
  assertEquals(server.files.get(`${day}/a.pdf`)?.content, "old a.pdf", what);
  assertEquals(server.below(day).filter((path) => path.includes(".claim-")), [], what);
  assertEquals(server.below(day).length, names.length + 1, what);
}

/** The two kinds of servers. */
const renamings = [
  { overwrites: false, kind: "whose rename refuses a taken name" },
  { overwrites: true, kind: "whose rename overwrites" },
];

for (const { overwrites, kind } of renamings) {
  Deno.test(`Poller goes on from every prefix of its journal and every folder that can follow, on a server ${kind}`, async () => {
    await using folder = await temporaryFolder("poller");
    const names = ["a.pdf", "B.PDF", "c d.pdf"];
    const server = busyServer(names, overwrites);
    const receiver = new SimulatedReceiver(server);
    const original = join(folder.path, "original.journal");
    const world = () => ({
      server: server.snapshot(),
      accepted: new Map(receiver.accepted),
      journal: readIfThere(original),
    });
    const worlds = [world()];
    server.onChange = receiver.onChange = () => worlds.push(world());
    {
      await using poller = await openPoller(original, server, receiver);
      const { report, error } = await poller.pass();
      assertEquals([error, report.acknowledged], [undefined, 3]);
    }
    server.onChange = receiver.onChange = () => {};
    worlds.push(world());
    const whole = readIfThere(original);

    let count = 0;
    for (const [index, { server: files, accepted, journal }] of worlds.entries()) {
      const next = worlds[index + 1]?.journal ?? whole;
      for (const prefix of journalsBetween(journal, next)) {
        const what = `world ${index}, ${prefix.length} bytes of journal`;
        server.restore(files);
        receiver.accepted.clear();
        for (const [id, message] of accepted) receiver.accepted.set(id, message);
        const path = join(folder.path, `${count++}.journal`);
        await Deno.writeFile(path, prefix);

        await using poller = await openPoller(path, server, receiver);
        await poller.pass();
        const { report, error } = await poller.pass();

        assertEquals(
          [error, report.problems, report.waiting, report.held],
          [undefined, [], 0, 0],
          what,
        );
        assertAllDelivered(names, server, receiver, what);
      }
    }
    assert(count > 40, `${count} worlds`);
  });
}

/**
 * Gives what a crash can leave: each whole line that was written by then, and torn ones. A line
 * that is not flushed (moved, pass) is missing at times after a power failure.
 */
function journalsBetween(from: Uint8Array, to: Uint8Array): Uint8Array[] {
  const ends = lineEnds(to).filter((end) => end >= from.length);
  const torn = ends.map((end) => to.subarray(0, Math.min(end + 30, to.length)));
  return [...ends.map((end) => to.subarray(0, end)), ...torn, withoutUnflushed(from)];
}

function lineEnds(bytes: Uint8Array): number[] {
  return [0, ...[...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1)];
}

function withoutUnflushed(bytes: Uint8Array): Uint8Array {
  const { entries } = scanJournal(bytes, "journal");
  const flushed = entries.findLastIndex((entry) =>
    !["moved", "pass"].includes(String(Object(entry).type))
  );
  return bytes.subarray(0, lineEnds(bytes)[flushed + 1] ?? 0);
}

function readIfThere(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}

for (const { overwrites, kind } of renamings) {
  Deno.test(`Poller loses no file to a rename that the server carries out late, however late, on a server ${kind}`, async () => {
    await using folder = await temporaryFolder("poller");
    for (
      const [name, wanted] of [
        ["a.pdf", /input\/a\.pdf/],
        ["b.pdf", /claim.* .*\/b\.pdf/],
        ["a.pdf", /claim.* .*\/a-2\.pdf/],
      ] as const
    ) {
      for (let lateness = 1; lateness <= 24; lateness++) {
        const what = `${wanted} ${lateness} operations late`;
        const server = busyServer([name], overwrites);
        const receiver = new SimulatedReceiver(server);
        let isLost = false;
        server.lateness = () => lateness;
        server.faultOf = (operation) => {
          if (isLost || !wanted.test(operation)) return undefined;
          isLost = true;
          return "late";
        };
        const path = join(folder.path, `${crypto.randomUUID()}.journal`);

        await using poller = await openPoller(path, server, receiver);
        for (let pass = 0; pass < 4; pass++) {
          const { report, error } = await poller.pass();
          assertEquals(report.problems, [], what);
          assertEquals(error === undefined, pass > 0, what);
        }

        assertAllDelivered([name], server, receiver, what);
      }
    }
  });
}

const serverFaults: readonly (Fault | undefined)[] = [
  "lost request",
  "lost reply",
  "late",
  ...Array.from({ length: 9 }, () => undefined),
];
const deliveryFaults: readonly (DeliveryFault | undefined)[] = [
  "lost request",
  "lost reply",
  undefined,
  undefined,
];

for (const { overwrites, kind } of renamings) {
  Deno.test(`two pollers give each file exactly one owner, whatever connections and answers get lost, on a server ${kind}`, async () => {
    await using folder = await temporaryFolder("poller");
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 150, maxLength: 150 }), async (choices) => {
        const names = ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"];
        const server = busyServer(names, overwrites);
        let place = 0;
        const choose = <T>(items: readonly T[]) =>
          items[(choices[place++] ?? items.length - 1) % items.length];
        server.faultOf = () => choose(serverFaults);
        server.pause = async () => {
          for (let turns = (choices[place] ?? 0) % 3; turns > 0; turns--) await Promise.resolve();
        };
        server.lateness = () => (choices[place++] ?? 0) % 15;
        const receiver = new SimulatedReceiver(server);
        receiver.faultOf = () => choose(deliveryFaults);
        const journals = [1, 2].map((poller) => join(folder.path, `${run}-${poller}.journal`));
        run++;

        // A process that begins anew reads its journal; one that goes on has it in memory.
        for (let restart = 0; restart < 2; restart++) {
          await Promise.all(journals.map(async (path) => {
            await using poller = await openPoller(path, server, receiver);
            for (let pass = 0; pass < 3; pass++) {
              const { report } = await poller.pass();
              assertEquals(report.problems, []);
            }
          }));
        }
        server.faultOf = () => undefined;
        receiver.faultOf = () => undefined;
        for (const path of [...journals, ...journals]) {
          await using poller = await openPoller(path, server, receiver);
          const { error, report } = await poller.pass();
          assertEquals([error, report.problems], [undefined, []]);
        }

        assertAllDelivered(names, server, receiver, "after all");
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
}
