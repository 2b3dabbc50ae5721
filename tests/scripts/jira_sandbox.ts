/** A place to run `jira-batch` from, and what its tests read and write. */

import { join } from "@std/path";
import { jiraLogin, type JiraServer } from "../fakes/jira_server.ts";
import {
  runScript,
  type RunScriptOptions,
  scriptPath,
  shebangArgs,
  startScript,
} from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A home, a folder to run from, and the settings for a server. */
export async function sandbox(url: string, { dataCenter = false } = {}) {
  const home = await temporaryFolder("jira-batch");
  const folder = join(home.path, "work folder");
  await Deno.mkdir(folder);
  const login: Record<string, string> = dataCenter
    ? { DEVELOPMENT_GLOBAL_JIRA_PAT: jiraLogin.pat }
    : {
      DEVELOPMENT_GLOBAL_JIRA_EMAIL: jiraLogin.email,
      DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: jiraLogin.token,
    };
  const env = { HOME: home.path, DEVELOPMENT_GLOBAL_JIRA_URL: url, ...login };
  const withEnv = (options: RunScriptOptions) => ({
    cwd: folder,
    ...options,
    env: { ...env, ...options.env },
  });
  return {
    env,
    folder,
    home: home.path,
    run: (args: string[], options: RunScriptOptions = {}) =>
      runScript("jira-batch", args, withEnv(options)),
    start: (args: string[], options: RunScriptOptions = {}) =>
      startScript("jira-batch", args, withEnv(options)),
    /** Starts the script with its output as a stream. */
    spawn(args: string[]) {
      const path = scriptPath("jira-batch");
      const [run = "run", ...flags] = shebangArgs(path, { ...env, PWD: folder });
      return new Deno.Command(Deno.execPath(), {
        args: [run, ...flags, path, ...args],
        cwd: folder,
        clearEnv: true,
        env: { ...env, PATH: Deno.env.get("PATH") ?? "", DENO_DIR: packageFolder() },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    },
    async write(name: string, text: string) {
      await Deno.writeTextFile(join(folder, name), text);
      return name;
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** The lines of a text. */
export const lines = (text: string) => text.split("\n").filter((line) => line !== "");
/** The JSON lines of a text. */
// deno-lint-ignore no-explicit-any -- lines of any shape, looked at by the tests
export const parsed = (text: string): any[] => lines(text).map((line) => JSON.parse(line));

/** Requests that comment on as many issues, one a line. */
export const comments = (count: number) =>
  Array.from({ length: count }, (_, place) =>
    JSON.stringify({
      id: `c${place + 1}`,
      method: "POST",
      endpoint: `/rest/api/3/issue/PROJ-${place + 1}/comment`,
      data: { body: `comment ${place + 1}` },
    })).join("\n");

/** How often each comment was written. */
export function written(server: JiraServer): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of server.data.writes) {
    const text = String(Object(body).body);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

function packageFolder(): string {
  return Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", ".cache", "deno");
}
