import { jiraLogin, startJiraServer } from "../fakes/jira_server.ts";
import { readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

Deno.test("README: Jira's commands and examples do what it says", async () => {
  await using server = startJiraServer({ issues: 1000 });
  await using shell = await readmeShell();
  Object.assign(shell.env, {
    DEVELOPMENT_GLOBAL_JIRA_URL: server.url,
    DEVELOPMENT_GLOBAL_JIRA_EMAIL: jiraLogin.email,
    DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: jiraLogin.token,
  });
  await shell.write("keys.txt", "PROJ-1\nPROJ-2\nPROJ-3\n");

  await runSection({
    sections: sectionsOf.jira,
    shell,
    rules: {
      "deno task jira-batch fetch PROJ-1 PROJ-950 PROJ-9999 --fields summary,status": { code: 1 },
    },
  });
});
