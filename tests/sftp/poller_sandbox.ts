/** A project on a test server: its folders, pollers over it, and the API that they call. */

import { join } from "@std/path";
import { Secret } from "../../lib/core/mod.ts";
import {
  type Connect,
  ConnectionPool,
  type ConnectionPoolOptions,
  deliverToApi,
  parseApiAddress,
  parseClientConfig,
  Poller,
  type PollerConfig,
  type PollerOptions,
} from "../../lib/sftp/mod.ts";
import { documentApi, type DocumentApiServer } from "../support/document_api.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import type { SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The project; disposing closes connections and API and removes the journals. */
export interface PollerSandbox extends AsyncDisposable {
  readonly api: DocumentApiServer;
  readonly config: PollerConfig;
  /** Gives the shared connection to the server. */
  readonly connect: Connect;
  /** Opens a poller; those of one name have one journal. */
  open(changes?: Partial<PollerOptions> & { name?: string }): Promise<Poller>;
  /** Gives the path of a poller's journal. */
  journalPath(name?: string): string;
  /** Writes a file into the source folder, as an upload that is over. */
  upload(name: string, content?: string): Promise<void>;
  /** Gives the names in a folder under the base, sorted; none when it is missing. */
  names(folder: string): Promise<string[]>;
  /** Reads a file under the base. */
  read(path: string): Promise<string>;
  /** Gives the local path of a file under the base. */
  local(path: string): string;
}

/** Makes a project with an empty source folder on a server; `adjust` changes its connections. */
export async function pollerSandbox(
  server: SftpServer,
  { adjust }: Pick<ConnectionPoolOptions, "adjust"> = {},
): Promise<PollerSandbox> {
  const folder = await temporaryFolder("poller");
  const api = await documentApi();
  const pool = new ConnectionPool({ adjust, maxRetries: 0 });
  const settings = parseClientConfig(clientConfig(server));
  const local = (path: string) => join(server.root, "base", path);
  await Deno.mkdir(local("input"), { recursive: true });
  const config: PollerConfig = {
    projectId: "tests",
    path: server.remotePath("base"),
    sourceFolder: "input",
    inProgressFolder: "in progress",
    profileCode: "invoices",
    stableMs: 50,
  };
  const journalPath = (name = "one") => join(folder.path, `${name}.journal`);
  const connect: Connect = (options) => pool.get(settings, options);
  return {
    api,
    config,
    connect,
    journalPath,
    local,
    open: ({ name, ...changes } = {}) =>
      Poller.open({
        config,
        connect,
        deliver: deliverToApi(
          { address: parseApiAddress(api.url), secret: new Secret(api.secret) },
          { timeoutMs: 300 },
        ),
        target: "api",
        retryDelayMs: 1,
        journalPath: journalPath(name),
        now: () => new Date("2026-11-21T12:00:00Z"),
        ...changes,
      }),
    async upload(name, content = `content of ${name}`) {
      await Deno.writeTextFile(local(join("input", name)), content);
      await Deno.utime(local(join("input", name)), 1_700_000_000, 1_700_000_000);
    },
    async names(path) {
      try {
        const entries = await Array.fromAsync(Deno.readDir(local(path)));
        return entries.map(({ name }) => name).sort();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    },
    read: (path) => Deno.readTextFile(local(path)),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
