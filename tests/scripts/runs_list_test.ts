import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listRuns } from "../../lib/requests/mod.ts";
import { WorkflowRun } from "../../lib/requests/workflows/runs/mod.ts";
import { runPrintedLine, runScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("--runs lists a run that was killed under the line that it prints, and takes nothing away", async () => {
  await using temporary = await temporaryFolder("runs");
  const cwd = await Deno.realPath(temporary.path);
  const folder = join(cwd, ".local", "state", "opsdeck", "runs");
  const options = { cwd, env: { HOME: cwd } };
  const run = await WorkflowRun.begin({
    folder,
    workflow: "district_refresh",
    place: "test: x on y",
    parameters: {},
    requests: [],
    now: new Date("2026-11-21T03:04:05Z"),
  });
  const held = await listRuns(undefined, { folder });
  await run[Symbol.asyncDispose]();
  await Deno.writeTextFile(join(folder, `${run.runId}.journal.lock`), "1234\n");
  const before = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

  const listed = await runScript("refresh-districts", ["--runs", "--json"], options);
  const printed = await runScript("refresh-districts", ["--runs", "--print-permissions"], options);
  const narrow = await runPrintedLine(`${printed.stdout.trim()} --json`, options);

  assertEquals([listed.code, printed.code, narrow.code], [0, 0, 0], narrow.stderr);
  const statuses = [listed, narrow].flatMap((result) =>
    Object(result.json()).runs.map(({ status }: { status: string }) => status)
  );
  assertEquals([...held.map(({ status }) => status), ...statuses], [
    "running",
    "interrupted",
    "interrupted",
  ]);
  const after = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(after, before);
});
