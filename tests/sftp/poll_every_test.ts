import { assert, assertEquals } from "@std/assert";
import { ConfigurationError, SFTPConnectionError } from "../../lib/core/mod.ts";
import { type PassOutcome, Poller, pollEvery } from "../../lib/sftp/mod.ts";
import { forEachSftpServer, type SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";
import { type PollerSandbox, pollerSandbox } from "./poller_sandbox.ts";
import { SimulatedReceiver } from "./simulated_receiver.ts";
import { SimulatedServer } from "./simulated_server.ts";

interface Polling extends AsyncDisposable {
  place: PollerSandbox;
  outcomes: PassOutcome[];
}

/** Polls every 30 ms, with connections that notice a silent server in 600 ms. */
async function startPolling(server: SftpServer): Promise<Polling> {
  const place = await pollerSandbox(server, {
    adjust: (target) => ({
      ...target,
      keepaliveIntervalMs: 200,
      connectTimeoutMs: 1000,
      operationTimeoutMs: 1000,
    }),
  });
  const poller = await place.open();
  const controller = new AbortController();
  const outcomes: PassOutcome[] = [];
  const polling = pollEvery(poller, {
    intervalMs: 30,
    signal: controller.signal,
    onPass: (outcome) => outcomes.push(outcome),
  });
  return {
    place,
    outcomes,
    async [Symbol.asyncDispose]() {
      controller.abort(new DOMException("The test is over", "AbortError"));
      await polling;
      await poller[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

async function delivered({ place }: Polling, count: number): Promise<void> {
  await waitFor(() => place.api.acceptedFiles().length === count, { what: `file ${count}` });
}

const troubles: [
  string,
  (server: SftpServer) => Promise<void>,
  (server: SftpServer) => Promise<void>,
][] = [
  ["is restarted", (server) => server.stop(), (server) => server.start()],
  ["freezes for a while", (server) => server.freeze(), (server) => server.thaw()],
  ["hangs up", (server) => server.killSessions(), () => Promise.resolve()],
];

for (const [what, begin, end] of troubles) {
  forEachSftpServer(
    `pollEvery() is back at work by itself when the server ${what}`,
    async (server) => {
      await using polling = await startPolling(server);
      const { place, outcomes } = polling;
      await place.upload("a.pdf");
      await delivered(polling, 1);

      await begin(server);
      if (what !== "hangs up") {
        await waitFor(() => outcomes.some(({ error }) => error !== undefined), {
          what: "an error",
        });
      }
      await place.upload("b.pdf");
      await end(server);
      await delivered(polling, 2);

      assertEquals(place.api.calls.length, 2);
    },
  );
}

/** Polls with a connection that behaves so, and gives the waits and the outcomes until `count`. */
async function pollSimulated(connect: (call: number) => unknown, count: number) {
  await using folder = await temporaryFolder("poller");
  const server = new SimulatedServer();
  let calls = 0;
  await using poller = await Poller.open({
    config: { projectId: "a", path: "/base", sourceFolder: "input", inProgressFolder: "done" },
    connect: () => {
      const failure = connect(++calls);
      return failure === undefined ? Promise.resolve(server.connect()) : Promise.reject(failure);
    },
    deliver: new SimulatedReceiver(server).deliver,
    target: "api",
    journalPath: `${folder.path}/a.journal`,
  });
  const controller = new AbortController();
  const waits: number[] = [];
  const outcomes: PassOutcome[] = [];
  await pollEvery(poller, {
    intervalMs: 60_000,
    signal: controller.signal,
    onPass: (outcome) => outcomes.push(outcome),
    sleep: (ms) => {
      waits.push(Math.round(ms));
      if (waits.length === count) controller.abort(new DOMException("Over", "AbortError"));
      return Promise.resolve();
    },
  });
  return { waits, outcomes };
}

Deno.test("pollEvery() asks an absent server after 2.5 seconds at most, and tells of it once", async () => {
  const away = new SFTPConnectionError("Cannot reach the server");

  const { waits, outcomes } = await pollSimulated((call) => call < 40 ? away : undefined, 40);

  assert(waits.slice(0, 39).every((ms) => ms <= 2500), String(waits));
  assert(waits.slice(8, 39).every((ms) => ms >= 2000), String(waits));
  assertEquals(outcomes.map(({ error }) => error), [away, undefined]);
});

Deno.test("pollEvery() asks a server that refuses the login ever more rarely", async () => {
  const refused = new ConfigurationError("Cannot log in", { code: "LOGIN_REFUSED" });

  const { waits } = await pollSimulated(
    (call) => call === 1 || call === 7 ? undefined : refused,
    8,
  );

  assertEquals(waits, [60_000, 60_000, 120_000, 240_000, 300_000, 300_000, 60_000, 60_000]);
});

Deno.test("pollEvery() ends at once when the very first pass finds the configuration wrong", async () => {
  const refused = new ConfigurationError("Cannot log in");

  const { waits, outcomes } = await pollSimulated(() => refused, 5);

  assertEquals([waits, outcomes.map(({ error }) => error)], [[], [refused]]);
});
