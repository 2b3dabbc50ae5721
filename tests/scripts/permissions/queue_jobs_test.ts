import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runPrintedLine } from "../../support/run_script.ts";
import { connectionVariable, queueSandbox } from "../queue_sandbox.ts";
import { proveJob } from "./prove_job.ts";

const flow = "survey_processor";
const done = ({ code, stderr }: { code: number; stderr: string }) =>
  assertEquals([code, stderr], [0, ""]);

Deno.test("queue does its jobs under its own permissions, and under the line that it prints", async () => {
  await using place = await queueSandbox();
  await place.write("records.csv", "n\n1\n");
  const { host } = new URL(place.database.url);
  const source = "postgresql://u:p@source.invalid:5433/survey_hub";
  const env = { ...place.env, DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: source };

  await proveJob(place, {
    script: "queue",
    args: ["add", "--flow", flow, "--file", "records.csv"],
    failsOffline: true,
    net: [host],
    check: ({ stdout }) => assertEquals(stdout, `${flow}: added 1 record\n`),
  });
  await proveJob({ ...place, env }, {
    script: "queue",
    args: ["health", "--json"],
    net: [host, "source.invalid:5433"],
    check: (result) => assertEquals(Object(result.json()).status, "degraded"),
  });
});

Deno.test("queue archive --export is given its file by the line that it prints", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 1);
  await place.database.sql`
    update processing_queue set status = 'completed', completed_at = now() - interval '9 days'`;
  const args = ["archive", "--older-than", "1d", "--export", "old.ndjson"];

  const refused = await place.queue(args);
  const { stdout } = await place.queue([...args, "--print-permissions"]);

  const path = join(place.folder, "old.ndjson");
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, `no write permission for "${path}"`);
  assertStringIncludes(refused.stderr, `; run it as: ${stdout.trim()}\n`);
  assertStringIncludes(stdout, ` --allow-write=${path} `);
});

Deno.test("claim-batch does its jobs under its own permissions, and under the line that it prints", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", "export default ({ payload }) => payload.n;");
  await place.write("records.csv", "n\n1\n2\n");
  await place.fill(flow, 2);
  const { host } = new URL(place.database.url);
  const work = ["--flow", flow, "--handler", "handler.ts"];

  await proveJob(place, {
    script: "claim-batch",
    args: [...work, "--limit", "1"],
    failsOffline: true,
    net: [host],
    check: done,
  });
  await proveJob({
    ...place,
    env: { ...place.env, DEVELOPMENT_GLOBAL_USE_DISTRIBUTED_PROCESSING: "false" },
  }, {
    script: "claim-batch",
    args: [...work, "--file", "records.csv"],
    net: [],
    check: done,
  });

  assertEquals(await place.counts(flow), { completed: 2 });
});

Deno.test("a handler reaches no host but the queue's under the line that claim-batch prints", async () => {
  await using place = await queueSandbox();
  const url = new URL(place.database.url);
  await place.write(
    "handler.ts",
    `export default async () => {
       const port = ${Number(url.port) + 1};
       const beside = await Deno.connect({ hostname: "127.0.0.1", port }).catch(({ name }) => name);
       return { beside, secret: Deno.env.get("UNRELATED_SECRET") ?? null };
     };`,
  );
  await place.fill(flow, 1);

  await proveJob({ ...place, env: { ...place.env, UNRELATED_SECRET: "x" } }, {
    script: "claim-batch",
    args: ["--flow", flow, "--handler", "handler.ts"],
    net: [url.host],
    prepare: () => place.database.sql`update processing_queue set status = 'pending'`,
    check: done,
  });

  const [row] = await place.database.sql`select result from processing_queue`;
  assertEquals(row?.["result"], { beside: "NotCapable", secret: null });
});

Deno.test("a line that was printed for one database reaches no other", async () => {
  await using place = await queueSandbox();
  const { stdout } = await place.queue(["status", "--print-permissions"]);

  const { code, stderr } = await runPrintedLine(stdout, {
    cwd: place.folder,
    env: { ...place.env, [connectionVariable]: "postgresql://u:p@127.0.0.1:9/x" },
  });

  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    'Error: Cannot proceed as the script has no net permission for "127.0.0.1:9"',
  );
  assertStringIncludes(stderr, " --allow-net=127.0.0.1:9 ");
});

/** Tries what a script must not do, and tells by what name it was refused. */
const attempts = `
const tries = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/opsdeck-refused", ""),
  writeHere: () => Deno.writeTextFileSync("refused", ""),
  run: () => new Deno.Command("/bin/true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  sys: () => Deno.networkInterfaces(),
  config: () => Deno.env.set("GLOBAL_BATCH_SIZE", "7") ?? "set",
};
function attempt() {
  const outcome = { variable: Deno.env.get("UNRELATED_SECRET") ?? null };
  for (const [name, work] of Object.entries(tries)) {
    try { work(); outcome[name] = "allowed"; } catch (error) { outcome[name] = error.name; }
  }
  return outcome;
}
`;
const refused = {
  variable: null,
  read: "NotCapable",
  write: "NotCapable",
  writeHere: "NotCapable",
  run: "NotCapable",
  ffi: "NotCapable",
  sys: "NotCapable",
  // A variable of opsdeck's own: it changes this process alone.
  config: "allowed",
};

Deno.test("a handler can do no more than claim-batch may", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", `${attempts}\nexport default attempt;\n`);
  await place.fill(flow, 1);

  const { code, stderr } = await place.claim(["--flow", flow, "--handler", "handler.ts"], {
    env: { UNRELATED_SECRET: "x" },
  });

  assertEquals([code, stderr], [0, ""]);
  const [row] = await place.database.sql`select result from processing_queue`;
  assertEquals(row?.["result"], refused);
});

Deno.test("a secret's file elsewhere is named with a line that reads it, and that line works", async () => {
  await using place = await queueSandbox();
  const secretFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(secretFile, `${place.database.url}\n`);
    const env = { [connectionVariable]: "", [`${connectionVariable}_FILE`]: secretFile };

    const plain = await place.queue(["status"], { env });
    const [, line = ""] = /; run it as: (deno .*)\n$/.exec(plain.stderr) ?? [];
    const again = await runPrintedLine(line, {
      cwd: place.folder,
      env: { ...place.env, ...env },
    });

    assertEquals(plain.code, 2);
    assertStringIncludes(plain.stderr, `no read permission for "${secretFile}"; run it as: deno`);
    assertEquals(again.code, 0, again.stderr);
  } finally {
    await Deno.remove(secretFile);
  }
});
