import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { optionalTool } from "../support/optional_tool.ts";
import { packageFolder, scriptPath, shebangArgs } from "../support/run_script.ts";
import { waitFor } from "../support/wait_for.ts";
import { type QueueSandbox, queueSandbox } from "./queue_sandbox.ts";

const flow = "survey_processor";

// Finishes when the file "open" is there: no clock decides what is in hand when a signal comes.
const gatedHandler = `export default async ({ payload: { n } }) => {
  console.error("start " + n);
  while (!(await Deno.stat(new URL("open", import.meta.url)).catch(() => null))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.error("end " + n);
};\n`;

const gatedProgram = `while read -r line; do
  echo started >&2
  while [ ! -e open ]; do sleep 0.02; done
  echo '{"result":1}'
done
touch ended\n`;

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`claim-batch finishes what is in hand at ${signal}, gives the rest back, exits ${code}`, async () => {
    await using place = await queueSandbox();
    await place.write("handler.ts", gatedHandler);
    await place.fill(flow, 10);
    await using worker = place.startClaim(
      ["--flow", flow, "--handler", "handler.ts", "--drain", "--concurrency", "2", "--json"],
    );
    await worker.waitForLine(/^start 2$/);

    worker.kill(signal);
    // `deno task` and some supervisors send it twice at once: that is the same one.
    worker.kill(signal);
    await worker.waitForLine(/^Stopping after the work in hand; a second signal stops at once$/);
    await place.write("open", "");
    const result = await worker.result;

    assertEquals(result.code, code);
    const { claimed, completed, failed, lost } = Object(result.json());
    assertEquals([claimed, completed, failed, lost], [2, 2, 0, 0]);
    assertEquals(await place.counts(flow), { completed: 2, pending: 8 });
    assertNotMatch(result.stderr, /start 3/);
    const [row] = await place.database.sql`
      select count(*)::int as count from processing_queue
      where retry_count > 0 or (status = 'pending' and claimed_at is not null)`;
    assertEquals(row?.["count"], 0);
  });
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`claim-batch leaves at the second ${signal} although a handler hangs`, async () => {
    await using place = await queueSandbox();
    await place.write("handler.ts", gatedHandler);
    await place.fill(flow, 3);
    await using worker = place.startClaim(["--flow", flow, "--handler", "handler.ts", "--drain"]);
    await worker.waitForLine(/^start 1$/);
    worker.kill("SIGINT");
    await worker.waitForLine(/^Stopping/);

    // Those that come too soon after the first are the same signal.
    let ended = false;
    worker.result.then(() => ended = true);
    await waitFor(() => {
      worker.kill(signal);
      return ended;
    }, { what: "the end of a worker whose handler hangs", timeoutMs: 5000 });
    const result = await worker.result;

    assertEquals(result.code, code);
    assertMatch(
      result.stderr,
      /\nStopped at once: 3 records stay in processing until: queue cleanup --timeout-hours 0\n$/,
    );
    assertEquals(await place.counts(flow), { processing: 3 });
    await place.queue(["cleanup", "--timeout-hours", "0"]);
    assertEquals(await place.counts(flow), { pending: 3 });
  });
}

Deno.test("claim-batch --exec lets the program finish its record at a signal, and ends it", async () => {
  await using place = await queueSandbox();
  await place.write("gated.sh", gatedProgram);
  await place.fill(flow, 3);
  await using worker = place.startClaim(
    ["--flow", flow, "--exec", "sh gated.sh", "--drain", "--json", "--verbose"],
    { permissions: ["--allow-run=sh"], env: { LOG_LEVEL: "info" } },
  );
  await worker.waitForLine(/started/);

  worker.kill("SIGINT");
  await worker.waitForLine(/^Stopping/);
  await place.write("open", "");
  const { code } = await worker.result;

  assertEquals(code, 130);
  assertEquals(await place.counts(flow), { completed: 1, pending: 2 });
  assertEquals((await Deno.stat(join(place.folder, "ended"))).isFile, true);
});

/** Runs a command on a terminal on which Ctrl-C is pressed when the pattern has appeared. */
async function onTerminal(
  place: QueueSandbox,
  pattern: string,
  command: readonly string[],
  onText: (text: string) => Promise<void> | void = () => {},
): Promise<{ code: number; text: string }> {
  const child = new Deno.Command("python3", {
    args: [fromFileUrl(new URL("run_in_terminal.py", import.meta.url)), pattern, ...command],
    cwd: place.folder,
    env: { ...place.env, DENO_DIR: packageFolder(), NO_COLOR: "1", TERM: "xterm" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    await onText(text);
  }
  return { code: (await child.status).code, text };
}

// Opens the gate itself once a signal is on its way to the script.
const terminalHandler = `export default async ({ payload: { n } }) => {
  const { promise, resolve } = Promise.withResolvers();
  Deno.addSignalListener("SIGINT", resolve);
  console.error("start " + n);
  await promise;
  Deno.removeSignalListener("SIGINT", resolve);
  console.error("end " + n);
};\n`;

Deno.test({
  name: "one Ctrl-C on a terminal drains, through deno task too, where it arrives twice",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    await place.write("handler.ts", terminalHandler);
    await place.fill("direct", 5);
    await place.fill("task", 5);
    const args = (name: string) => ["--flow", name, "--handler", "handler.ts", "--drain"];
    const script = scriptPath("claim-batch");
    const config = join(script, "../../deno.json");
    const flags = shebangArgs(script, { ...place.env, PWD: place.folder });

    const [direct, task] = await Promise.all([
      onTerminal(place, "start 1", [Deno.execPath(), ...flags, script, ...args("direct")]),
      onTerminal(place, "start 1", [
        Deno.execPath(),
        "task",
        "--config",
        config,
        "claim-batch",
        ...args("task"),
      ]),
    ]);

    for (const [name, { code, text }] of Object.entries({ direct, task })) {
      assertEquals(code, 130, text);
      assertEquals(text.match(/Stopping after the work in hand/g)?.length, 1, text);
      assertStringIncludes(text, "end 1");
      assertStringIncludes(text, `${name}: 1 claimed in 1 batch, 1 completed, 0 failed`);
      assertEquals(await place.counts(name), { completed: 1, pending: 4 });
    }
  },
});

Deno.test({
  name: "one Ctrl-C on a terminal does not reach the program of --exec, which finishes its record",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    await place.write("gated.sh", gatedProgram);
    await place.fill(flow, 3);
    const script = scriptPath("claim-batch");
    const flags = shebangArgs(script, { ...place.env, PWD: place.folder });
    const command = [Deno.execPath(), ...flags, "--allow-run=sh", script];
    const args = ["--flow", flow, "--exec", "sh gated.sh", "--drain", "--verbose"];

    const { code, text } = await onTerminal(
      place,
      "started",
      [...command, ...args],
      async (text) => {
        if (text.includes("Stopping after")) await place.write("open", "");
      },
    );

    assertEquals(code, 130, text);
    assertEquals(await place.counts(flow), { completed: 1, pending: 2 });
  },
});

Deno.test({
  name: "progress appears on a terminal, goes away at the end, and never appears off a terminal",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    await place.write("handler.ts", "export default () => ({});\n");
    await place.fill("seen", 50);
    await place.fill("quiet", 50);
    await place.fill("piped", 50);
    const script = scriptPath("claim-batch");
    const flags = shebangArgs(script, { ...place.env, PWD: place.folder });
    const args = ["--handler", "handler.ts", "--drain"];
    const command = [Deno.execPath(), ...flags, script, ...args, "--flow"];

    const seen = await onTerminal(place, "never pressed", [...command, "seen"]);
    const quiet = await onTerminal(place, "never pressed", [...command, "quiet", "--quiet"]);
    const piped = await place.claim([...args, "--flow", "piped"]);

    assertEquals([seen.code, quiet.code, piped.code], [0, 0, 0]);
    assertMatch(seen.text, /Processing seen \d+/);
    // deno-lint-ignore no-control-regex -- the sequence that clears the line
    assertMatch(seen.text, /\r\x1b\[Kseen: 50 claimed in 1 batch, 50 completed/);
    assertNotMatch(quiet.text, /Processing/);
    assertEquals(piped.stderr, "");
  },
});
