/** Requests in a database, with their files on a server, and a manager for both. */

import { dirname, join } from "@std/path";
import type { ConfigManagerOptions } from "../../lib/core/mod.ts";
import { FileManager, RequestManager } from "../../lib/requests/mod.ts";
import { sftpEnvironment } from "../support/sftp_client_config.ts";
import type { SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type RequestTables, requestTables } from "./request_tables.ts";

/** A request to put in. */
export interface GivenFileRequest {
  /** Its id. */
  id: number;
  /** Its district. Defaults to 7. */
  district?: number;
  /** Its file's name. */
  name: string | null;
}

/** The place of a test. */
export interface RequestFilesPlace extends AsyncDisposable {
  /** The requests. */
  readonly tables: RequestTables;
  /** The manager under test. */
  readonly requests: RequestManager;
  /** A folder on this machine. */
  readonly folder: string;
  /** The settings by which servers are found. */
  readonly settings: Record<string, string>;
  /** Makes another manager by the same settings. */
  manager(): RequestManager;
  /** Adds requests of the one type, whose directories are `in/<district>` and `processed/<district>`. */
  add(...requests: GivenFileRequest[]): Promise<void>;
  /** Writes a file on the server, changed so many seconds after a fixed time. */
  put(path: string, content: string | Uint8Array, seconds?: number): Promise<void>;
  /** Gives what is on the server below a folder: content by path. */
  list(folder?: string): Promise<Record<string, string>>;
  /** Removes the files below a folder of the server. */
  clear(folder: string): Promise<void>;
}

/** Makes the place over a server. */
export async function requestFiles(server: SftpServer): Promise<RequestFilesPlace> {
  const stack = new AsyncDisposableStack();
  const temporary = stack.use(await temporaryFolder("requests"));
  const tables = stack.use(await requestTables("postgresql"));
  const settings: Record<string, string> = { ...sftpEnvironment(server) };
  const config: ConfigManagerOptions = {
    environment: "development",
    env: (name) => settings[name],
    file: new Map(),
  };
  const manager = () =>
    new RequestManager({
      database: tables.manager,
      files: stack.use(
        new FileManager({
          config,
          stateFolder: temporary.path,
          maxRetries: 0,
          patienceMs: 5_000,
        }),
      ),
    });
  await tables.postgres.sql`insert into "DataRequestType" ${
    tables.postgres.sql({
      DataRequestTypeID: 1,
      Name: "SAT",
      SftpDirectory: server.remotePath("in/{DistrictID}"),
      ProcessedDirectory: server.remotePath("processed/{DistrictID}"),
    })
  }`;
  for (const district of [7, 8]) {
    for (const folder of ["in", "processed"]) {
      await Deno.mkdir(join(server.root, folder, `${district}`), { recursive: true });
    }
  }
  return {
    tables,
    requests: manager(),
    folder: temporary.path,
    settings,
    manager,
    async add(...requests) {
      for (const { id, district = 7, name } of requests) {
        await tables.postgres.sql`insert into "DataRequest" ${
          tables.postgres.sql({
            RequestID: id,
            DistrictID: district,
            DataRequestTypeID: 1,
            ImportedFileName: name,
            Status: 4,
          })
        }`;
      }
    },
    async put(path, content, seconds = 0) {
      const whole = join(server.root, path);
      await Deno.mkdir(dirname(whole), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(whole, bytes);
      const at = new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
      await Deno.utime(whole, at, at);
    },
    list: (folder = "in") => readTree(join(server.root, folder)),
    async clear(folder) {
      const root = join(server.root, folder);
      for (const path of Object.keys(await readTree(root))) await Deno.remove(join(root, path));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
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
