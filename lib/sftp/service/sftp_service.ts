/** Connections, files, API calls and polling behind the methods of the reference. */

import type { Secret } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";
import type { PollReport } from "../poller/mod.ts";
import { ConnectionPool, type ConnectionPoolOptions } from "../pool/mod.ts";
import { type ClientConfig, openConfigured, parseClientConfig } from "../settings/mod.ts";
import type { DocumentFile } from "../signed_calls/mod.ts";
import { callApi } from "./api_call.ts";
import { attempt } from "./attempt.ts";
import { pollPass } from "./poll_pass.ts";
import {
  fetchFile,
  type FetchFileOptions,
  type GiveConnection,
  removeFile,
  storeFile,
  type StoreFileOptions,
} from "./single_files.ts";
import { isFileFullyUploaded, type UploadCheckOptions } from "./upload_check.ts";

/**
 * How an {@link SftpService} keeps connections, and which servers it trusts. Its `stateFolder` holds
 * the journals of polling too.
 */
export type SftpServiceOptions = ConnectionPoolOptions;

/** How {@link SftpService.callApiForFiles} calls. */
export interface CallApiOptions {
  /**
   * The message's id, by which the receiver knows it again. Defaults to one that follows from the
   * message, so that the same message twice is one message to the receiver.
   */
  id?: string;
  /** Ends the waits between attempts. */
  signal?: AbortSignal | undefined;
}

/**
 * The service of the reference (reference: sftp, `SftpService`). Its methods do not throw: they say
 * why in the log and give `null` or `false`. The functions below them (`ConnectionPool`,
 * `uploadFiles`, `pollProject` …) throw typed errors. Disposing closes all connections.
 */
export class SftpService implements AsyncDisposable {
  readonly #options: SftpServiceOptions;
  readonly #pool: ConnectionPool;
  readonly #ownConnections = new Set<SftpConnection>();

  /** Makes a service with an empty pool. */
  constructor(options: SftpServiceOptions = {}) {
    this.#options = options;
    this.#pool = new ConnectionPool(options);
  }

  /**
   * Gives the pool's connection of a project, opening it where there is none that works. All who
   * ask share it, so that nobody closes it; null when there is none to be had.
   */
  async getSftpConnection(clientConfig: ClientConfig): Promise<SftpConnection | null> {
    return await attempt(projectOf(clientConfig), null, () => this.#give(clientConfig)());
  }

  /** Closes all connections, those outside the pool too. */
  async closeAllConnections(): Promise<void> {
    const own = [...this.#ownConnections];
    this.#ownConnections.clear();
    await Promise.all([this.#pool.closeAll(), ...own.map((connection) => connection.close())]);
  }

  /**
   * Opens a connection outside the pool, which is the caller's to close; null when it cannot be
   * opened.
   */
  async connectToSftp(clientConfig: ClientConfig): Promise<SftpConnection | null> {
    return await attempt(projectOf(clientConfig), null, async () => {
      const connection = await openConfigured(parseClientConfig(clientConfig), this.#options);
      this.#ownConnections.add(connection);
      connection.closed.then(() => this.#ownConnections.delete(connection));
      return connection;
    });
  }

  /**
   * Opens a connection outside the pool with a password; null when it cannot be opened. The host
   * key must be in `known_hosts` in `OPSDECK_HOME`, or the service accept new ones.
   */
  async createSftpConnection(
    host: string,
    port: number,
    username: string,
    password: string | Secret,
  ): Promise<SftpConnection | null> {
    return await this.connectToSftp({
      project_id: host,
      sftp_host: host,
      sftp_port: port,
      sftp_user: username,
      sftp_pass: password,
    });
  }

  /**
   * Tells whether size and time of a remote file are the same before and after a wait; false also
   * when it cannot be looked at.
   *
   * @param delayMs the wait, in milliseconds
   */
  async isFileFullyUploaded(
    connection: SftpConnection,
    filepath: string,
    delayMs = 1200,
    options: UploadCheckOptions = {},
  ): Promise<boolean> {
    return await attempt(
      { remote_path: filepath },
      false,
      () => isFileFullyUploaded(connection, filepath, delayMs, options),
    );
  }

  /**
   * Uploads a file into a remote folder, under its own name. Missing folders are made, and the file
   * gets its name only when it is whole. The same file there already is a success; a different one
   * is a failure, unless `overwrite`.
   *
   * @param projectId names the pool's connection
   */
  async uploadFileToFolder(
    path: string,
    projectId: string,
    filePath: string,
    projectConfig: ClientConfig,
    options: StoreFileOptions = {},
  ): Promise<boolean> {
    const fields = { project_id: projectId, file_path: filePath, remote_path: path };
    return await attempt(fields, false, async () => {
      const give = this.#give({ ...projectConfig, project_id: projectId });
      await storeFile(give, path, filePath, options);
      return true;
    });
  }

  /**
   * Downloads a file and gives its local path, in a temporary folder of its own that is the
   * caller's to remove; null on failure. A name that is no plain file name is refused.
   */
  async getFileFromSftp(
    path: string,
    clientConfig: ClientConfig,
    options: FetchFileOptions = {},
  ): Promise<string | null> {
    const fields = { ...projectOf(clientConfig), remote_path: path };
    return await attempt(fields, null, () => fetchFile(this.#give(clientConfig), path, options));
  }

  /** Removes a remote file; false when there is none, or it cannot be removed. */
  async removeFileFromPath(filePath: string, clientConfig: ClientConfig): Promise<boolean> {
    const fields = { ...projectOf(clientConfig), remote_path: filePath };
    return await attempt(fields, false, async () => {
      await removeFile(this.#give(clientConfig), filePath);
      return true;
    });
  }

  /**
   * Posts a list of files to the API, signed with the project's `secret` by the Standard Webhooks
   * specification; tried again where that can help. False when the API has not taken it.
   *
   * @param apiUrl defaults to the setting `DOC_AI_API_URL`
   * @param profileCode defaults to the setting `PROFILE_CODE`
   */
  async callApiForFiles(
    projectConfig: ClientConfig,
    files: readonly DocumentFile[],
    uploadedBy: string,
    source: string,
    apiUrl?: string,
    profileCode?: string,
    options: CallApiOptions = {},
  ): Promise<boolean> {
    return await attempt(projectOf(projectConfig), false, async () => {
      await callApi(parseClientConfig(projectConfig), {
        files,
        uploadedBy,
        source,
        apiUrl,
        profileCode,
        ...options,
      });
      return true;
    });
  }

  /**
   * Makes one pass: claims the PDFs that are wholly uploaded, and calls the API for them in batches
   * of 5. Run it again for the next pass; what one could not finish, the next one does.
   *
   * @param _interval has no effect, as in the reference: `pollEvery` repeats passes
   * @param sftp a connection to use in the place of the pool's
   * @param sourceFilesDir defaults to the setting `SOURCE_FILES`
   * @param inProgressDir defaults to the setting `IN_PROGRESS_PATH`
   * @returns the report of the pass, whose `error` says why it ended early, or null when it could
   * not begin
   */
  async pollSftpForProject(
    projectConfig: ClientConfig,
    _interval: number,
    apiUrl: string,
    sftp?: SftpConnection,
    sourceFilesDir?: string,
    inProgressDir?: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<PollReport | null> {
    return await attempt(projectOf(projectConfig), null, async () => {
      const give = this.#give(projectConfig);
      const { report, error } = await pollPass(parseClientConfig(projectConfig), {
        connect: ({ signal }) => sftp?.isActive() ? Promise.resolve(sftp) : give(signal),
        apiUrl,
        sourceFolder: sourceFilesDir,
        inProgressFolder: inProgressDir,
        stateFolder: this.#options.stateFolder,
        ...options,
      });
      if (error === undefined) return report;
      return await attempt(projectOf(projectConfig), report, () => Promise.reject(error));
    });
  }

  /** Closes all connections, for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAllConnections();
    await this.#pool[Symbol.asyncDispose]();
  }

  #give(clientConfig: ClientConfig): GiveConnection {
    return (signal) => this.#pool.get(parseClientConfig(clientConfig), { signal });
  }
}

function projectOf({ project_id }: ClientConfig): { project_id: string } {
  return { project_id };
}
