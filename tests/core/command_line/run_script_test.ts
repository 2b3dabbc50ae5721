import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";

const kit = new URL("../../../lib/core/command_line/mod.ts", import.meta.url);

/** Runs a script whose one job is this code, in a process of its own. */
async function runJob(job: string, args: readonly string[]) {
  const code = `
    import { defineCommand, runScript } from ${JSON.stringify(kit.href)};
    const command = defineCommand({
      summary: "Job", options: {}, examples: ["", "--json"],
      permissions: () => Promise.resolve({ read: [] }),
      async run(_options, context) { ${job} },
    });
    const script = { name: "job", summary: "Job", permissions: [], command };
    await runScript(script, import.meta.url);`;
  const { code: exitCode, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
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
