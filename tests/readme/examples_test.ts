import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { readBlocks, readmePath } from "./readme_blocks.ts";
import { projectFolder } from "./readme_shell.ts";

Deno.test("README: the examples in TypeScript have no type errors", async () => {
  const blocks = readBlocks(await Deno.readTextFile(readmePath))
    .filter(({ language, fileName }) => language === "ts" && fileName === undefined);
  await using folder = await temporaryFolder("examples");
  const paths = await Promise.all(blocks.map(async ({ text, line }) => {
    const path = join(folder.path, `line_${line}.ts`);
    const root = toFileUrl(projectFolder).href;
    await Deno.writeTextFile(path, text.replaceAll('from "./lib/', `from "${root}/lib/`));
    return path;
  }));

  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "-q", "--config", join(projectFolder, "deno.json"), ...paths],
    env: { NO_COLOR: "1" },
  }).output();

  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assertEquals(blocks.length, 5);
});
