import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";

const kit = new URL("../../../lib/core/command_line/mod.ts", import.meta.url);

/** Runs a script whose one job is this code, in a process of its own. */
async function runJob(job: string, args: readonly string[], before: readonly string[] = []) {
  const code = `
    import { defineCommand, runScript } from ${JSON.stringify(kit.href)};
    const command = defineCommand({
      summary: "Job", options: {}, examples: ["", "--json"],
      permissions: () => Promise.resolve({ read: [] }),
      positionals: "[WORD …]",
      async run(_options, context) { ${job} },
    });
    const script = { name: "job", summary: "Job", permissions: [], command };
    await runScript(script, import.meta.url);`;
  const [program = "", ...words] = [...before, Deno.execPath()];
  const { code: exitCode, stdout, stderr } = await new Deno.Command(program, {
    args: [
      ...words,
      "eval",
      "--config",
      fromFileUrl(new URL("../../../deno.json", import.meta.url)),
      code,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { exitCode, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("runScript() reports what failed, not what then failed to close", async () => {
  const { exitCode, stderr } = await runJob(
    `await using place = { async [Symbol.asyncDispose]() { throw new Error("closing failed"); } };
     throw new Error("the job failed");`,
    [],
  );

  assertEquals([exitCode, stderr], [1, "Error: the job failed\n"]);
});

Deno.test("runScript() ends a stream of lines with an error document that is a line, too", async () => {
  const { exitCode, stdout, stderr } = await runJob(
    `context.line({ record: 1 }, () => "1");
     throw new Error("the rest\\nfailed");`,
    ["--json"],
  );

  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(exitCode, 1);
  assertEquals(lines.map((line) => Object.keys(line)[0]), ["record", "status"]);
  assertMatch(stderr, /^Error: the rest failed\n$/);
});

/** Runs a job with a standard output that nobody reads, and gives how it ended. */
async function runUnread(job: string, args: readonly string[] = []) {
  const { stderr } = await runJob(job, args, [
    "sh",
    "-c",
    '{ "$@"; echo "exit code $?" >&2; } | true',
    "sh",
  ]);
  return stderr;
}

Deno.test("runScript() gives the command's own exit code although nobody reads its result", async () => {
  for (const args of [[], ["--json"]]) {
    // More than a pipe holds, so that it cannot be written before the reader has gone.
    const failed = `context.result({}, () => "x".repeat(1_000_000)); return 4;`;
    const thrown = `context.result({}, () => ""); throw new Error("the job failed");`;
    const stopped = `Deno.kill(Deno.pid, "SIGTERM");
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      context.result({}, () => "");`;

    assertEquals(await runUnread(failed, args), "exit code 4\n");
    assertEquals(await runUnread(thrown, args), "Error: the job failed\nexit code 1\n");
    assertMatch(await runUnread(stopped, args), /^Stopping after [^\n]+\nexit code 143\n$/);
  }
});

Deno.test("runScript() ends a stream that nobody reads, quietly unless it was stopped", async () => {
  const stream = `for (;;) context.line({}, () => "line");`;
  const stopped = `Deno.kill(Deno.pid, "SIGINT");
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    ${stream}`;

  assertEquals(await runUnread(stream), "exit code 0\n");
  assertMatch(await runUnread(stopped), /^Stopping after [^\n]+\nexit code 130\n$/);
});

Deno.test("runScript() takes what stands behind -- for no flag of its own", async () => {
  const { exitCode, stdout, stderr } = await runJob(`throw new Error("no");`, [
    "word",
    "--",
    "--json",
    "--verbose",
    "-v",
  ]);
  const line = await runJob("", ["--print-permissions", "word", "--", "--print-permissions"]);

  assertEquals([exitCode, stdout, stderr], [1, "", "Error: no\n"]);
  assertMatch(line.stdout, / word -- --print-permissions\n$/);
});
