import { assert } from "@std/assert";
import { join } from "@std/path";
import manifest from "../../deno.json" with { type: "json" };
import { readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

const { tasks } = manifest;

Deno.test("README: permissions, binaries, completion and development are as it says", async () => {
  await using shell = await readmeShell();
  Object.assign(shell.env, {
    DEVELOPMENT_GLOBAL_SFTP_HOST: "sftp.example.com",
    DEVELOPMENT_GLOBAL_SFTP_USER: "opsdeck",
    DEVELOPMENT_GLOBAL_SFTP_PASS: "secret",
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: "postgresql://u:p@db.internal:5432/rpa_db",
  });
  await shell.write("handler.ts", "export default () => {};\n");
  // Building takes long, and is what the tests of compile do.
  const planned = [
    "deno task compile",
    "deno task compile queue claim-batch",
    "deno task compile claim-batch --narrow -- --flow survey_processor --handler handler.ts --watch",
  ].map((text) => [text, { instead: text.replace("task compile", "task compile --dry-run") }]);

  await runSection({
    sections: sectionsOf.tools,
    shell,
    rules: {
      ...Object.fromEntries(planned),
      // What the task runs, with another folder than that of the project for the pages.
      "deno task doc": {
        instead: tasks.doc.command.replaceAll("dist", join(shell.home, "dist")),
        isInProject: true,
      },
      "deno task completion fish > ~/.config/fish/conf.d/opsdeck.fish": {
        before: () => Deno.mkdir(join(shell.home, ".config/fish/conf.d"), { recursive: true }),
      },
      "deno task queue add --flow surveys --file /srv/surveys.csv": { code: 2 },
    },
  });

  assert((await Deno.stat(join(shell.home, "dist/doc/index.html"))).isFile);
});
