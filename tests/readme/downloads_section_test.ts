import { runSandbox } from "../downloads/run_sandbox.ts";
import { readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

Deno.test("README: downloads' commands and examples do what it says", async () => {
  await using place = await runSandbox();
  await using shell = await readmeShell();
  shell.env["DEVELOPMENT_GLOBAL_DRIVE_BASE_URL"] = place.drive.url.href;
  const report = place.putFile("Report final.pdf", "A report\n".repeat(20_000));
  const hidden = place.put({ kind: "trouble", trouble: "private" });
  await place.rows([{ drive: report }, { drive: hidden }]);
  await shell.write("output.csv", await Deno.readTextFile(place.csv));

  await runSection({
    sections: sectionsOf.downloads,
    shell,
    rules: {
      "deno task track-downloads run": { code: 1 },
    },
  });
});
