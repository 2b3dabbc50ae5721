/** A folder for an embedded server of a test's own, and processes that use it. */

import { join } from "@std/path";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** What the worker prints. */
export interface WorkerAnswer {
  /** What the function gave. */
  value?: Record<string, unknown>;
  /** The error that it threw. */
  error?: { name: string; message: string; code: string; exitCode: number };
}

/** The description that programs find the server by. */
export interface Description {
  /** Where it listens. */
  port: number;
  /** The superuser. */
  username: string;
  /** Its password. */
  password: string;
  /** The server's process. */
  pid: number;
}

/** An OPSDECK_HOME of a test's own; disposing ends its server and removes it. */
export interface EmbeddedHome extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
  /** The folder of the server within it. */
  readonly server: string;
  /** Starts the worker without waiting for it. */
  spawn(...args: string[]): Deno.ChildProcess;
  /** Runs the worker. */
  run(...args: string[]): Promise<WorkerAnswer>;
  /** Runs the worker and gives its value; an error fails the test. */
  value(...args: string[]): Promise<Record<string, unknown>>;
  /** Reads the description of the running server. */
  description(): Promise<Description>;
  /** The superuser's URL of a database. */
  url(database?: string): Promise<string>;
}

const worker = join(import.meta.dirname ?? ".", "embedded_worker.ts");

/** Makes a home that the server's own user can reach. */
export async function embeddedHome(): Promise<EmbeddedHome> {
  const temporary = await temporaryFolder("home");
  const folder = temporary.path;

  const spawn = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", worker, ...args],
      env: { OPSDECK_HOME: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const run = async (...args: string[]) => readAnswer(await spawn(...args).output());
  const description = async (): Promise<Description> =>
    JSON.parse(await Deno.readTextFile(join(folder, "postgresql.json")));

  return {
    folder,
    server: join(folder, "postgresql"),
    spawn,
    run,
    description,
    async value(...args) {
      const { value, error } = await run(...args);
      if (value === undefined) throw new Error(`Cannot ${args[0]}: ${error?.message}`);
      return value;
    },
    async url(database = "postgres") {
      const { username, password, port } = await description();
      return `postgres://${username}:${password}@127.0.0.1:${port}/${database}`;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

/** Reads what the worker printed. */
export function readAnswer(
  { stdout, stderr }: { stdout: Uint8Array; stderr: Uint8Array },
): WorkerAnswer {
  const text = new TextDecoder().decode(stdout);
  if (text === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(text);
}
