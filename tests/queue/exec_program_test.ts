import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { getLogger } from "../../lib/core/mod.ts";
import { type ClaimedRecord, openExecHandler, type OpenHandler } from "../../lib/queue/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

interface Program extends AsyncDisposable {
  folder: string;
  handler: OpenHandler;
  ask(n: number): Promise<unknown>;
}

/** A program as a handler, run in a folder of its own. */
async function shellProgram(text: string): Promise<Program> {
  const folder = await temporaryFolder("exec");
  const path = join(folder.path, "program.sh");
  await Deno.writeTextFile(path, `cd '${folder.path}'\n${text}`);
  const handler = await openExecHandler(`sh '${path}'`);
  return {
    folder: folder.path,
    handler,
    async ask(n) {
      const context = { signal: new AbortController().signal, log: getLogger("test"), attempt: 1 };
      return await handler.handle(numbered(n), context);
    },
    async [Symbol.asyncDispose]() {
      await handler[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function numbered(n: number): ClaimedRecord {
  return {
    id: n,
    flow_name: "f",
    payload: { n },
    retry_count: 0,
    priority: 0,
    created_at: new Date(),
    flow_instance_id: "host-1:1",
  };
}

Deno.test("openExecHandler() kills a program that answers without an end, and goes on with a new one", async () => {
  await using program = await shellProgram(`
    read -r line
    case "$line" in *'"n":1'*) cat /dev/zero;; esac
    echo '{"result":"yes"}'\n`);

  await assertRejects(() => program.ask(1), Error, "answered a line of more than 3211264 bytes");

  assertEquals(await program.ask(2), "yes");
});

Deno.test("openExecHandler() takes an answer of the largest result with all of it escaped", async () => {
  const letters = 524_288;
  await using program = await shellProgram(`
    read -r line
    printf '{"result":"'
    head -c ${letters} /dev/zero | sed 's/\\x00/\\\\u00e9/g'
    printf '"}\\n'\n`);

  assertEquals(await program.ask(1), "é".repeat(letters));
});

Deno.test("openExecHandler() never takes a line left over for the answer to another record", async () => {
  await using program = await shellProgram(`
    while read -r line; do printf '{"result":"answer"}\\n{"result":"left over"}\\n'; done\n`);

  const results = [await program.ask(1), await program.ask(2), await program.ask(3)];

  assertEquals(results, ["answer", "answer", "answer"]);
});

Deno.test("openExecHandler() does not wait for what a program left running", async () => {
  // Ends with the folder.
  const leftRunning = `
    echo > running
    (i=0; while [ -e running ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i + 1)); done; rm running) &`;
  await using ends = await shellProgram(`${leftRunning}
    while read -r line; do echo '{"result":"yes"}'; done\n`);
  await using dies = await shellProgram(`${leftRunning}
    read -r line; echo 'out of paper' >&2; exit 3\n`);

  const result = await ends.ask(1);
  await ends.handler[Symbol.asyncDispose]();
  const error = await assertRejects(() => dies.ask(1), Error);

  assertEquals(result, "yes");
  assertMatch(error.message, /gave no answer: it exited with code 3: out of paper$/);
  for (const { folder } of [ends, dies]) {
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    assert(names.includes("running"), `${names}`);
  }
});
