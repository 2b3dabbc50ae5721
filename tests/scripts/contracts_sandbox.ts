/** Folders and settings in which any command can be run by its own example. */

import parseArgv from "string-argv";
import { join } from "@std/path";
import {
  packageFolder,
  type RunningScript,
  runScript,
  scriptPath,
  type ScriptResult,
  shebangArgs,
  startScript,
} from "../support/run_script.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import type { Invocation } from "./all_scripts.ts";

/** What no output may contain. */
export const secret = "hunter2-never-shown";

/** The files that the examples name, so that nothing fails for the want of them. */
const files = {
  "handler.ts": "export default () => ({});\n",
  "ids.txt": "1017\n",
  "people.csv": "row_id,type,name,email,youtube_playlist,google_drive\n",
  "output.csv": "row_id,type,name,email,youtube_playlist,google_drive\n",
  "report.pdf": "%PDF-1.4\n",
  "requests.ndjson": '{"method":"GET","endpoint":"/rest/api/3/myself"}\n',
  "surveys.csv": "survey_id\n1\n",
};

/** Settings that name one port of this machine as every server there is. */
export function serversAt(port: number): Record<string, string> {
  const database = `postgresql://someone:${secret}@127.0.0.1:${port}/x?sslmode=disable`;
  return {
    GLOBAL_RPA_DB_CONNECTION_STRING: database,
    GLOBAL_SURVEYHUB_CONNECTION_STRING: database,
    GLOBAL_SFTP_HOST: "127.0.0.1",
    GLOBAL_SFTP_PORT: String(port),
    GLOBAL_SFTP_USER: "someone",
    GLOBAL_SFTP_PASS: secret,
    GLOBAL_JIRA_URL: `http://127.0.0.1:${port}`,
    GLOBAL_JIRA_PAT: secret,
    GLOBAL_DOC_AI_API_URL: `http://127.0.0.1:${port}/documents`,
    GLOBAL_API_SECRET: secret,
    GLOBAL_PROFILE_CODE: "profile",
    GLOBAL_SOURCE_FILES: "in",
    GLOBAL_IN_PROGRESS_PATH: "work",
  };
}

/**
 * Gives the words of an example as a shell does, without its redirections, and without the flag that
 * would keep a command from talking to its server.
 */
export function exampleWords({ words }: Invocation, example: string): string[] {
  const argv = parseArgv(example);
  const end = argv.findIndex((word) => ["<", ">", "|"].includes(word));
  return [...words, ...(end === -1 ? argv : argv.slice(0, end))];
}

/** The example of a command that can be run as it stands: it goes on with no earlier run. */
export function runnableExample(invocation: Invocation): string[] {
  const { name, command } = invocation;
  const example = command.examples.find((one) => !/--resume|--json|</.test(one)) ?? "";
  // Its dry run reads the file and asks nobody.
  return exampleWords(invocation, example).filter((word) =>
    name !== "jira-batch" || word !== "--dry-run"
  );
}

/** Where commands are run. */
export interface ContractsSandbox extends AsyncDisposable {
  /** Runs a command by its example, in production and with nothing configured but `env`. */
  runExample(
    invocation: Invocation,
    flags: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<ScriptResult>;
  /** Starts one. */
  startExample(
    invocation: Invocation,
    flags: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<RunningScript>;
}

/** Makes the place; each command gets a folder and home of its own in it. */
export async function contractsSandbox(): Promise<ContractsSandbox> {
  const root: TemporaryFolder = await temporaryFolder("contracts");
  let made = 0;
  const start: ContractsSandbox["startExample"] = async (invocation, flags, env = {}) => {
    const folder = join(root.path, String(made++));
    await Deno.mkdir(folder);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    return startScript(invocation.name, [...runnableExample(invocation), ...flags], {
      env: { HOME: folder, ENVIRONMENT: "production", ...env },
      cwd: folder,
      stdin: "survey_id\n1\n",
    });
  };
  return {
    startExample: start,
    async runExample(...given) {
      await using script = await start(...given);
      return await script.result;
    },
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

/** Runs with an empty home, so that nothing of this machine's configuration is met. */
export async function inEmptyHome<T>(
  work: (
    run: (name: string, args: readonly string[]) => ReturnType<typeof runScript>,
  ) => Promise<T>,
): Promise<T> {
  await using home = await temporaryFolder("contracts");
  return await work((name, args) =>
    runScript(name, args, { env: { HOME: home.path }, cwd: home.path })
  );
}

/** The words that a test names a command by. */
export function titleOf({ name, words }: Invocation): string {
  return [name, ...words].join(" ");
}

/** Runs a script by its shebang's flags, behind another program. */
export async function shebangCommand(
  name: string,
  args: readonly string[],
  [program = "", ...before]: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  await using home = await temporaryFolder("contracts");
  const env = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: home.path,
    PWD: home.path,
    DENO_DIR: packageFolder(),
  };
  const path = scriptPath(name);
  const output = await new Deno.Command(program, {
    args: [...before, Deno.execPath(), ...shebangArgs(path, env), path, ...args],
    cwd: home.path,
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { stdout: decode(output.stdout), stderr: decode(output.stderr) };
}
