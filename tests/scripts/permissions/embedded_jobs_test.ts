import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { packageCacheFolder } from "../../../lib/database/embedded/mod.ts";
import { runScript, type ScriptResult } from "../../support/run_script.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { projectFolder } from "../all_scripts.ts";
import { proveJob } from "./prove_job.ts";

const done = ({ code, stderr }: ScriptResult) => assertEquals(code, 0, stderr);

Deno.test("database, quickstart and sample-requests do their jobs under both permissions", async () => {
  await using home = await temporaryFolder("embedded");
  const state = home.path;
  const pgCtl = join(state, "postgresql/18/bin/pg_ctl");
  // The first lines name the state in the home; the lists here are theirs, with this one in place.
  const lists: Record<string, string[]> = {
    database: [
      `--allow-read=${state},${packageCacheFolder()}`,
      `--allow-write=${state}`,
      `--allow-run=${pgCtl}`,
    ],
    quickstart: [
      `--allow-read=tests/fixtures,${state}/quickstart-sftp,${state}/postgresql.json`,
      `--allow-write=${state}/quickstart-sftp`,
    ],
    "sample-requests": [
      `--allow-read=${state}/requests-sample,${state}/postgresql.json`,
      `--allow-write=${state}/requests-sample`,
    ],
  };
  const place = {
    folder: projectFolder,
    env: { HOME: join(state, "home"), OPSDECK_HOME: state },
    permissions: (script: string) => lists[script] ?? [],
  };
  const database = (...args: string[]) => ({
    script: "database",
    args,
    net: ["127.0.0.1"],
    run: [pgCtl],
    check: done,
  });

  await proveJob(place, database("start"));
  await proveJob(place, database("status"));
  const port = JSON.parse(await Deno.readTextFile(join(state, "postgresql.json"))).port;
  await proveJob(place, {
    script: "quickstart",
    args: ["--json"],
    net: [`127.0.0.1:${port}`, "127.0.0.1"],
    check: (result) => assertEquals(Object(result.json()).added, 1200, result.stderr),
  });
  await proveJob(place, {
    script: "sample-requests",
    args: ["--reset"],
    net: [`127.0.0.1:${port}`],
    check: ({ stdout }) => assertStringIncludes(stdout, "Loaded "),
  });
  const serve = await runScript("sample-requests", ["--serve", "--print-permissions"], {
    cwd: place.folder,
    env: place.env,
    permissions: lists["sample-requests"] ?? [],
  });
  await proveJob(place, database("stop"));

  assertStringIncludes(serve.stdout, ` --allow-net=127.0.0.1:${port},127.0.0.1:2222 `);
});
