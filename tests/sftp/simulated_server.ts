/** A server's files in memory, whose operations fail to order: before or after their effect. */

import { FileOperationError, SFTPConnectionError } from "../../lib/core/mod.ts";
import type { PollerConfig, PollerConnection, RemoteFile } from "../../lib/sftp/mod.ts";

/** A project whose folders are on a {@link SimulatedServer}. */
export const simulatedProject: PollerConfig = {
  projectId: "acme",
  path: "/base",
  sourceFolder: "input",
  inProgressFolder: "done",
  batchSize: 2,
  stableMs: 1,
};

/** Where its files of 21 November 2026 are claimed to. */
export const simulatedDay = "/base/done/11212026";

/** What is under a name. */
export interface SimulatedNode {
  kind: RemoteFile["kind"];
  /** Names the upload: it stays with the file wherever it is moved. */
  content: string;
  size: number;
  mtimeMs: number;
}

/** One operation that changes something, and when it fails. */
export type Fault =
  /** The connection is lost before the server has heard of it. */
  | "lost request"
  /** The connection is lost after the server has done it. */
  | "lost reply"
  /** The connection is lost, and the server does it a little later. */
  | "late";

/** Folders and files. */
export class SimulatedServer {
  readonly folders = new Set(["/", "/base", "/base/input"]);
  readonly files = new Map<string, SimulatedNode>();
  /** Renames over what is there, as some servers do, instead of refusing to. */
  overwrites = false;
  /** Asked before each rename and mkdir. */
  faultOf: (operation: string) => Fault | undefined = () => undefined;
  /** Told after each operation that changed something. */
  onChange: () => void = () => {};
  /** Lets others come in between. */
  pause: () => Promise<void> = () => Promise.resolve();
  /** After how many operations of anybody a late one is done. */
  lateness: () => number = () => 1;
  #late: { after: number; effect: () => void }[] = [];

  /** Puts a file there. */
  upload(path: string, node: Partial<SimulatedNode> = {}): void {
    this.files.set(path, { kind: "file", content: path, size: 10, mtimeMs: 1000, ...node });
  }

  /** Gives a copy of the state. */
  snapshot(): { folders: string[]; files: [string, SimulatedNode][] } {
    return { folders: [...this.folders], files: [...this.files] };
  }

  /** Goes back to a state. */
  restore({ folders, files }: ReturnType<SimulatedServer["snapshot"]>): void {
    this.folders.clear();
    this.files.clear();
    for (const folder of folders) this.folders.add(folder);
    for (const [path, node] of files) this.files.set(path, { ...node });
  }

  /** Gives the paths of all files below a folder, sorted. */
  below(folder: string): string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
  }

  /** Opens a connection. */
  connect(): PollerConnection {
    let isDead = false;
    const alive = async () => {
      await this.pause();
      this.#doLate();
      if (isDead) throw lost();
    };
    const change = async (operation: string, effect: () => void) => {
      await alive();
      const fault = this.faultOf(operation);
      if (fault === undefined) {
        effect();
        this.onChange();
        return;
      }
      isDead = true;
      if (fault === "late") {
        this.#late.push({ after: this.lateness(), effect });
      }
      if (fault === "lost reply") effect();
      this.onChange();
      throw lost();
    };
    return {
      server: "tester@simulated:22",
      list: async (folder) => {
        await alive();
        if (!this.folders.has(folder)) throw missing(folder);
        return [...this.files].filter(([path]) => parentOf(path) === folder).map(toRemoteFile);
      },
      lstat: async (path) => {
        await alive();
        const node = this.files.get(path);
        if (node === undefined) throw missing(path);
        return toRemoteFile([path, node]);
      },
      rename: (from, to) => change(`rename ${from} ${to}`, () => this.#rename(from, to)),
      mkdir: (path) =>
        change(`mkdir ${path}`, () => {
          for (let folder = path; folder !== "/"; folder = parentOf(folder)) {
            this.folders.add(folder);
          }
        }),
      realPath: async (path) => {
        await alive();
        return path;
      },
    };
  }

  #rename(from: string, to: string): void {
    const node = this.files.get(from);
    if (node === undefined || !this.folders.has(parentOf(to))) throw missing(from);
    if (this.files.has(to) && !this.overwrites) throw taken(to);
    this.files.delete(from);
    this.files.set(to, node);
  }

  #doLate(): void {
    for (const late of this.#late) late.after--;
    const due = this.#late.filter(({ after }) => after <= 0);
    this.#late = this.#late.filter(({ after }) => after > 0);
    for (const { effect } of due) {
      try {
        effect();
      } catch {
        // Refused, and nobody hears of it.
      }
    }
  }
}

function toRemoteFile([path, node]: [string, SimulatedNode]): RemoteFile {
  const { kind, size, mtimeMs } = node;
  return { path, name: path.slice(path.lastIndexOf("/") + 1), kind, size, mtimeMs, mode: 0o644 };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function lost(): SFTPConnectionError {
  return new SFTPConnectionError("Cannot go on as the connection was lost");
}

function missing(path: string): FileOperationError {
  return new FileOperationError(`Cannot find ${path} as there is no such file`, {
    code: "NO_SUCH_FILE",
    context: { remote_path: path },
  });
}

function taken(path: string): FileOperationError {
  return new FileOperationError(`Cannot rename to ${path} as the file exists`, {
    code: "REMOTE_FILE_EXISTS",
    context: { remote_path: path },
  });
}
