import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { temporaryFolder } from "../support/temporary_folder.ts";

const project = fromFileUrl(new URL("../..", import.meta.url));

Deno.test("loadEnvFile sets what a script may see, and passes over what its set denies", async () => {
  await using folder = await temporaryFolder("env-file");
  await Deno.writeTextFile(
    join(folder.path, ".env"),
    "DEVELOPMENT_GLOBAL_SFTP_HOST=sftp.internal\nGLOBAL_JIRA_URL=seen\nGLOBAL_JIRA_EMAIL=no\nUNRELATED=no\n",
  );
  const module = new URL("../../lib/binaries/load_env_file.ts", import.meta.url).href;
  await Deno.writeTextFile(
    join(folder.path, "probe.ts"),
    `import { forgetVariable, loadEnvFile } from ${JSON.stringify(module)};
     loadEnvFile();
     forgetVariable("INIT_CWD");
     forgetVariable("DEVELOPMENT_GLOBAL_SFTP_HOST");
     const names = ["GLOBAL_JIRA_URL", "GLOBAL_JIRA_EMAIL", "INIT_CWD"];
     console.log(JSON.stringify(names.map((name) => Deno.env.get(name) ?? null)));`,
  );
  const run = async (...flags: string[]) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        "--config",
        join(project, "deno.json"),
        "-P=jira-batch",
        ...flags,
        join(folder.path, "probe.ts"),
      ],
      cwd: folder.path,
      env: { GLOBAL_JIRA_EMAIL: "given", INIT_CWD: "/", NO_COLOR: "1" },
    }).output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  };

  const allowed = await run("--allow-read=./.env");
  const refused = await run();

  assertEquals(allowed, ['["seen","given",null]\n', ""]);
  assertEquals(refused, ['[null,"given",null]\n', ""]);
});
