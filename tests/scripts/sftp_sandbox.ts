/** A server, a folder and a home of a test's own, in which `sftp-files` runs as users run it. */

import { dirname, join } from "@std/path";
import {
  type RunningScript,
  runScript,
  type RunScriptOptions,
  type ScriptResult,
  startScript,
} from "../support/run_script.ts";
import { sftpEnvironment } from "../support/sftp_client_config.ts";
import type { SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The place of a test. */
export interface SftpSandbox extends AsyncDisposable {
  /** The folder that scripts are run from. */
  readonly folder: string;
  /** The variables that scripts get. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a file on the server and gives its remote path. */
  remote(name: string, content?: string | Uint8Array): Promise<string>;
  /** Writes a file into the folder and gives its path. */
  local(name: string, content?: string | Uint8Array): Promise<string>;
  /** Gives the files below a local folder with their content, by their paths. */
  files(folder: string): Promise<Record<string, string>>;
  /** Runs `sftp-files` and waits for its end. */
  run(args: readonly string[], options?: RunScriptOptions): Promise<ScriptResult>;
  /** Starts `sftp-files`. */
  start(args: readonly string[], options?: RunScriptOptions): RunningScript;
}

/** Makes the place. The login is by key, whose file lies in the folder. */
export async function sftpSandbox(server: SftpServer): Promise<SftpSandbox> {
  const temporary = await temporaryFolder("sftp-files");
  const folder = await Deno.realPath(temporary.path);
  const home = join(folder, "home");
  await Deno.mkdir(home);
  const key = join(folder, "key");
  await Deno.copyFile(server.privateKeyPath, key);
  const place = (options: RunScriptOptions = {}): RunScriptOptions => ({
    cwd: folder,
    ...options,
    env: {
      HOME: home,
      ...sftpEnvironment(server),
      DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "key",
      ...options.env,
    },
  });
  const write = async (path: string, content: string | Uint8Array) => {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  };
  return {
    folder,
    env: place().env ?? {},
    async remote(name, content = name) {
      await write(join(server.root, name), content);
      return server.remotePath(name);
    },
    async local(name, content = name) {
      await write(join(folder, name), content);
      return join(folder, name);
    },
    files: (folder) => readTree(folder),
    run: (args, options) => runScript("sftp-files", args, place(options)),
    start: (args, options) => startScript("sftp-files", args, place(options)),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

async function readTree(folder: string, prefix = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) Object.assign(files, await readTree(path, `${prefix}${name}/`));
    else if (isFile) files[prefix + name] = await Deno.readTextFile(path);
  }
  return files;
}
