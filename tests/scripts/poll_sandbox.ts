/** A folder, a home, an SFTP server and an API of a test's own, between which poll-sftp works. */

import { join } from "@std/path";
import { documentApi, type DocumentApiServer } from "../support/document_api.ts";
import { embeddedSftpServer, type EmbeddedTestServer } from "../support/embedded_sftp_server.ts";
import {
  type RunningScript,
  runScript,
  type RunScriptOptions,
  type ScriptResult,
  startScript,
} from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The place of a test. */
export interface PollSandbox extends AsyncDisposable {
  readonly api: DocumentApiServer;
  readonly server: EmbeddedTestServer;
  /** The folder that the script is run from; its home is `home` in it. */
  readonly folder: string;
  /** The variables of the project `acme`. */
  readonly env: Readonly<Record<string, string>>;
  /** The journal of a project. */
  journal(project?: string): string;
  /** Runs `poll-sftp` and waits for its end. */
  poll(args: readonly string[], options?: RunScriptOptions): Promise<ScriptResult>;
  /** Starts `poll-sftp`. */
  start(args: readonly string[], options?: RunScriptOptions): RunningScript;
  /** Writes a file into the source folder. */
  upload(name: string): Promise<void>;
  /** Gives the names in a folder under the base, sorted. */
  names(folder: string): Promise<string[]>;
  /** Gives all files in the days' folders as `name: content`, sorted. */
  claimed(): Promise<string[]>;
}

/** Makes the place. */
export async function pollSandbox(): Promise<PollSandbox> {
  const temporary = await temporaryFolder("poll");
  const folder = await Deno.realPath(temporary.path);
  const home = join(folder, "home");
  await Deno.mkdir(home);
  const server = await embeddedSftpServer();
  const api = await documentApi();
  const local = (path: string) => join(server.root, "base", path);
  await Deno.mkdir(local("input"), { recursive: true });
  const env = {
    HOME: home,
    ...projectEnvironment(server, "ACME"),
    DEVELOPMENT_ACME_DOC_AI_API_URL: api.url,
    DEVELOPMENT_ACME_API_SECRET: api.secret,
    SOURCE_FILES: "input",
    IN_Progress_Path: "done",
  };
  const place = (options: RunScriptOptions = {}) => ({
    cwd: folder,
    ...options,
    env: { ...env, ...options.env },
  });
  const names = async (path: string) =>
    (await Array.fromAsync(Deno.readDir(local(path)))).map(({ name }) => name).sort();
  return {
    api,
    server,
    folder,
    env,
    names,
    journal: (project = "acme") => join(home, ".local/state/opsdeck/poller", `${project}.journal`),
    poll: (args, options) => runScript("poll-sftp", args, place(options)),
    start: (args, options) => startScript("poll-sftp", args, place(options)),
    async upload(name) {
      await Deno.writeTextFile(local(join("input", name)), `content of ${name}`);
    },
    async claimed() {
      const days = await names("done").catch(() => []);
      const files = await Promise.all(
        days.map(async (day) =>
          await Promise.all(
            (await names(`done/${day}`)).map(async (name) =>
              `${name}: ${await Deno.readTextFile(local(`done/${day}/${name}`))}`
            ),
          )
        ),
      );
      return files.flat().sort();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

/** Gives the variables by which a project reaches the server. */
export function projectEnvironment(
  server: EmbeddedTestServer,
  project: string,
): Record<string, string> {
  const prefix = `DEVELOPMENT_${project}_SFTP`;
  return {
    [`${prefix}_HOST`]: server.host,
    [`${prefix}_PORT`]: String(server.port),
    [`${prefix}_USER`]: server.username,
    [`${prefix}_PASS`]: server.password,
    [`${prefix}_HOST_KEY`]: server.hostKeyFingerprint,
    [`${prefix}_PATH`]: "/base",
  };
}
