/** `queue monitor`, `queue diagnose` and `queue performance`, run as users run them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { queueSandbox } from "../../scripts/queue_sandbox.ts";
import { optionalTool } from "../../support/optional_tool.ts";
import { scriptPath, shebangArgs, startScript } from "../../support/run_script.ts";

// A handler that fails each third record.
const handler = `export default ({ payload: { n } }) => {
  if (n % 3 === 0) throw new Error("Cannot divide " + n);
  return { n };
};\n`;

Deno.test("queue monitor, performance and diagnose tell people and programs the same", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", handler);
  await place.fill("survey", 9);
  await place.claim(["--flow", "survey", "--handler", "handler.ts", "--drain"]);

  const monitor = await place.queue(["monitor"]);
  const performance = await place.queue(["performance", "--hours", "2", "--errors"]);
  const diagnose = await place.queue(["diagnose", "--orphaned", "--performance"]);

  assertEquals([monitor.code, performance.code, diagnose.code], [0, 0, 0], monitor.stderr);
  assertMatch(monitor.stdout, /^The queue is healthy at .* 3 failed of 9 records/);
  assertMatch(monitor.stdout, /Last hour: 6 completed, 3 failed \(66\.67 % success\)/);
  assertMatch(performance.stdout, /^Last 2 h: 9 records processed, 4\.5 an hour, 66\.67 % success/);
  assertMatch(performance.stdout, /3 {2}100 % {2}survey {2}Cannot divide …/);
  assertMatch(diagnose.stdout, /^The queue is healthy: nothing found/);
  for (const { stdout } of [monitor, performance, diagnose]) {
    // deno-lint-ignore no-control-regex -- colours begin with it
    assertEquals(/\u001b/.test(stdout), false);
  }

  const documents = await Promise.all([
    place.queue(["monitor", "--detailed", "--json"]),
    place.queue(["performance", "--errors", "--json"]),
    place.queue(["diagnose", "--json"]),
  ]);
  const [monitored, performed, diagnosed] = documents.map((result) =>
    JSON.stringify(result.json())
  );
  assertStringIncludes(monitored ?? "", '"queue_health_assessment":{"queue_health":"healthy"');
  assertStringIncludes(performed ?? "", '"success_rate_percent":66.67');
  assertStringIncludes(diagnosed ?? "", '"issues_found":[]');
});

Deno.test("queue monitor, performance and diagnose refuse bad options", async () => {
  await using place = await queueSandbox();
  const bad: [string[], RegExp][] = [
    [["performance", "--hours", "-1"], /hours/],
    [["performance", "--hours", "0"], /hours/],
    [["performance", "--hours", "1.5"], /hours/],
    [["monitor", "--watch", "--interval", "0s"], /at least 100 ms: it is 0 ms/],
    [["monitor", "--watch", "--interval", "soon"], /interval/],
    [["monitor", "--interval", "5s"], /add --watch/],
    [["monitor", "--timeout-hours", "-1"], /timeout-hours/],
    [["diagnose", "--snapshot-age", "-1m"], /snapshot-age/],
  ];

  const results = await Promise.all(bad.map(([args]) => place.queue(args)));

  for (const [index, [args, message]] of bad.entries()) {
    assertEquals(results[index]?.code, 1, args.join(" "));
    assertMatch(results[index]?.stderr ?? "", message);
    assertEquals(results[index]?.stdout, "");
  }
});

Deno.test("queue monitor --watch --json prints a line a report and ends with 130", async () => {
  await using place = await queueSandbox();
  await place.fill("survey", 2);
  await using script = startScript(
    "queue",
    ["monitor", "--watch", "--interval", "100ms", "--json"],
    {
      env: place.env,
      cwd: place.folder,
    },
  );
  await script.waitForLine(/"due_records":2/);
  await place.fill("survey", 3);
  await script.waitForLine(/"due_records":5/);

  script.kill("SIGINT");
  const { code, stdout } = await script.result;

  assertEquals(code, 130);
  const reports = stdout.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
  assert(reports.length >= 2);
});

Deno.test({
  name: "queue monitor --watch refreshes in place on a terminal and leaves it clean on Ctrl-C",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    await place.fill("survey", 2);
    const script = scriptPath("queue");
    const flags = shebangArgs(script, { ...place.env, PWD: place.folder });
    const terminal = fromFileUrl(new URL("../../scripts/run_in_terminal.py", import.meta.url));
    // The second frame begins with a move of the cursor over the first.
    const secondFrame = "\\x1b\\[[0-9]+F";

    const { code, stdout } = await new Deno.Command("python3", {
      args: [
        terminal,
        secondFrame,
        Deno.execPath(),
        ...flags,
        script,
        "monitor",
        "--watch",
        "--interval",
        "100ms",
      ],
      cwd: place.folder,
      env: { ...place.env, ...packageFolder(), NO_COLOR: "1", TERM: "xterm" },
      stdin: "null",
    }).output();

    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 130, text);
    assertStringIncludes(text, "The queue is healthy");
    // Wrapping is as it was, and the cursor below the report.
    assert(text.lastIndexOf("\x1b[?7h") > text.lastIndexOf("\x1b[?7l"));
  },
});

function packageFolder(): Record<string, string> {
  const folder = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return { DENO_DIR: folder };
}
