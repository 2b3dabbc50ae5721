import { join } from "@std/path";
import { assertEquals } from "@std/assert";
import { packageCacheFolder } from "../../lib/database/embedded/mod.ts";
import { runScript } from "../support/run_script.ts";
import { projectFolder, type ReadmeShell, readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

/** Starts the embedded server once, as its programs come from this machine's package cache. */
async function startEmbedded({ env }: ReadmeShell): Promise<void> {
  const home = env["OPSDECK_HOME"] ?? "";
  const { code, stderr } = await runScript("database", ["start"], {
    env: { OPSDECK_HOME: home },
    permissions: [
      `--allow-read=${home},${packageCacheFolder()}`,
      `--allow-write=${home}`,
      `--allow-run=${join(home, "postgresql/18/bin/pg_ctl")}`,
    ],
  });
  assertEquals(code, 0, stderr);
}

Deno.test("README: the first five minutes and the requests' commands do what it says", async () => {
  await using shell = await readmeShell();
  await startEmbedded(shell);
  for (const name of ["surveys.csv", "survey_handler.ts"]) {
    const path = join("tests/fixtures", name);
    await shell.write(path, await Deno.readFile(join(projectFolder, path)));
  }

  await runSection({
    sections: sectionsOf.embedded,
    shell,
    rules: {
      "deno task show-config poll-sftp --project acme --problems": { code: 2 },
      "npx -y deno@2.9.6 task quickstart": { isInProject: true },
      "deno task queue add --flow survey_processor --file tests/fixtures/surveys.csv": { code: 1 },
      "deno task claim-batch --flow survey_processor --handler tests/fixtures/survey_handler.ts --drain":
        { code: 1 },
      "deno task requests:sample --serve": {
        instead: "deno task requests:sample --serve --port 0",
        keep: /find-requests --type/,
      },
    },
  });
});
