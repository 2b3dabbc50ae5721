import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { packageCacheFolder } from "../../lib/database/embedded/mod.ts";
import { runScript, scriptPath } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const project = join(scriptPath("quickstart"), "../..");

Deno.test("quickstart shows queue and poller at work, again and again, and leaves no documents", async () => {
  await using home = await temporaryFolder("quickstart");
  const env = { OPSDECK_HOME: home.path };
  const start = await runScript("database", ["start"], {
    env,
    permissions: [
      `--allow-read=${home.path},${packageCacheFolder()}`,
      `--allow-write=${home.path}`,
      `--allow-run=${join(home.path, "postgresql/18/bin/pg_ctl")}`,
    ],
  });
  assertEquals(start.code, 0, start.stderr);
  const options = {
    env,
    cwd: project,
    permissions: [
      `--allow-read=${project}/tests/fixtures,${home.path}`,
      `--allow-write=${home.path}`,
    ],
  };

  const first = await runScript("quickstart", ["--json"], options);
  const second = await runScript("quickstart", [], options);

  assertEquals(first.code, 0, first.stderr);
  const { added, documents } = Object(first.json());
  assertEquals(added, 1200);
  assertEquals(
    [documents.poll.claimed, documents.poll.unstable, documents.worker.completed],
    [4, 1, 4],
  );
  assertEquals(second.code, 0, second.stderr);
  assertMatch(second.stderr, /^6\. A worker processes the documents\n {3}4 completed, 0 failed$/m);
  assertMatch(second.stdout, /\nThe documents \(queue status --flow quickstart_documents\):\n/);
  const left = await Array.fromAsync(Deno.readDir(home.path), ({ name }) => name);
  assertEquals(left.includes("quickstart-sftp"), false);
});
