/** Requests, their files on a server, and a folder, in which the workflows' scripts run. */

import { join } from "@std/path";
import type { Dialect } from "../../lib/database/mod.ts";
import { startTdsServer, type TdsServer } from "../fakes/tds_server/tds_server.ts";
import { requestFiles, type RequestFilesPlace } from "../requests/request_files.ts";
import { embeddedSftpServer, type EmbeddedTestServer } from "../support/embedded_sftp_server.ts";
import {
  type RunningScript,
  runScript,
  type RunScriptOptions,
  type ScriptResult,
  startScript,
} from "../support/run_script.ts";

/** The place of a test. */
export interface WorkflowSandbox extends AsyncDisposable {
  /** The requests and their files. */
  readonly place: RequestFilesPlace;
  /** The server of the files. */
  readonly server: EmbeddedTestServer;
  /** The double before the database; undefined for PostgreSQL. */
  readonly double: TdsServer | undefined;
  /** The folder that scripts are run from. */
  readonly folder: string;
  /** The variables that scripts get. */
  readonly env: Readonly<Record<string, string>>;
  /** Adds requests, with a processed copy each, whose content is its name. */
  addWithFiles(...requests: { id: number; district?: number; name: string }[]): Promise<void>;
  /** Runs a script and waits for its end. */
  run(name: string, args: readonly string[], options?: RunScriptOptions): Promise<ScriptResult>;
  /** Starts a script. */
  start(name: string, args: readonly string[], options?: RunScriptOptions): RunningScript;
}

/** Makes the place, whose requests are found in a database of either kind. */
export async function workflowSandbox(dialect: Dialect = "postgresql"): Promise<WorkflowSandbox> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await embeddedSftpServer());
  const place = stack.use(await requestFiles(server));
  const { url } = place.tables.postgres;
  const double = dialect === "sqlserver"
    ? stack.use(await startTdsServer({ database: url }))
    : undefined;
  const folder = join(await Deno.realPath(place.folder), "here");
  const home = join(folder, "home");
  await Deno.mkdir(home, { recursive: true });
  await Deno.copyFile(server.privateKeyPath, join(folder, "key"));
  const env = {
    ...place.settings,
    HOME: home,
    DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "key",
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: double?.connectionString ?? url,
  };
  const inPlace = (options: RunScriptOptions = {}) => ({
    cwd: folder,
    ...options,
    env: { ...env, ...options.env },
  });
  return {
    place,
    server,
    double,
    folder,
    env,
    async addWithFiles(...requests) {
      await place.add(...requests);
      for (const { district = 7, name } of requests) {
        await place.put(`processed/${district}/${name}`, name);
      }
    },
    run: (name, args, options) => runScript(name, args, inPlace(options)),
    start: (name, args, options) => startScript(name, args, inPlace(options)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
