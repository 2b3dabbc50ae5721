/** Looking into the directories of a server, each once. */

import { FileOperationError, inParallel } from "../../core/mod.ts";
import { isMissing, isPartName, type RemoteFile, type SftpConnection } from "../../sftp/mod.ts";
import { copiesOf, newestFirst, type ProcessedCopy } from "./processed_copy.ts";

/** What is in a directory, as far as it is of interest. */
export interface DirectoryLook {
  /** What has a wanted name, of whatever kind it is. */
  exact: Map<string, RemoteFile>;
  /** The copies of each wanted name, the newest first. */
  copies: Map<string, ProcessedCopy[]>;
  /** Temporary files of opsdeck. */
  parts: RemoteFile[];
  /** Why it could not be listed; the maps are empty then. */
  error: Error | undefined;
}

/** Names that are looked for, by directory. */
export class DirectoryQuestions {
  readonly #wanted = new Map<string, Set<string>>();

  /** Looks for a name in a directory. */
  add(directory: string, name: string): void {
    const names = this.#wanted.get(directory) ?? new Set();
    this.#wanted.set(directory, names.add(name));
  }

  /**
   * Lists every directory once, and keeps what was looked for. One that cannot be listed does not
   * stop the others.
   *
   * @throws SFTPConnectionError when the connection is lost
   */
  async ask(
    connection: SftpConnection,
    { signal, atOnce = 32 }: { signal?: AbortSignal | undefined; atOnce?: number } = {},
  ): Promise<Map<string, DirectoryLook>> {
    const looks = new Map<string, DirectoryLook>();
    await inParallel([...this.#wanted], atOnce, async ([directory, wanted]) => {
      looks.set(directory, await look(connection, directory, { wanted, signal }));
    });
    return looks;
  }
}

async function look(
  connection: SftpConnection,
  directory: string,
  { wanted, signal }: { wanted: ReadonlySet<string>; signal: AbortSignal | undefined },
): Promise<DirectoryLook> {
  const look: DirectoryLook = { exact: new Map(), copies: new Map(), parts: [], error: undefined };
  try {
    for (const file of await connection.list(directory, { signal })) {
      if (wanted.has(file.name)) look.exact.set(file.name, file);
      if (file.kind !== "file") continue;
      if (isPartName(file.name)) look.parts.push(file);
      else addCopies(look.copies, file, wanted);
    }
  } catch (error) {
    if (!(error instanceof FileOperationError)) throw error;
    look.error = error;
  }
  for (const [name, copies] of look.copies) look.copies.set(name, newestFirst(copies));
  return look;
}

function addCopies(
  copies: Map<string, ProcessedCopy[]>,
  file: RemoteFile,
  wanted: ReadonlySet<string>,
): void {
  for (const [name, copy] of copiesOf(file, wanted)) {
    const list = copies.get(name) ?? [];
    list.push(copy);
    copies.set(name, list);
  }
}

/** Makes the error for a directory that cannot be looked into; `kind` names the type's column. */
export function directoryError(
  { directory, kind, server }: {
    directory: string;
    kind: "SftpDirectory" | "ProcessedDirectory";
    server: string;
  },
  cause: Error,
): Error {
  if (!isMissing(cause)) return cause;
  return new FileOperationError(
    `Cannot find the directory '${directory}' on ${server} as there is none; make it, or correct ` +
      `${kind} of the request's type`,
    { code: "NO_DIRECTORY", context: { remote_path: directory, server }, cause },
  );
}
