/** A home and a folder in which the README's commands run as its reader types them. */

import { dirname, join } from "@std/path";
import { packageFolder } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type ShellResult, startCommand, type Until } from "./shell_command.ts";

/** The reader's shell. */
export interface ReadmeShell extends AsyncDisposable {
  /** Its HOME. */
  readonly home: string;
  /** The folder that commands are run from. */
  readonly folder: string;
  /** Variables that commands get; more may be set. */
  readonly env: Record<string, string>;
  /** What stands in the README, and what stands for it here, both ways. */
  readonly standIns: Map<string, string>;
  /** Writes a file into the folder, making folders on the way. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /**
   * Runs a command of bash and waits for its end. With `until`, it is one that goes on until it is
   * stopped: SIGINT is sent when its output matches, or when the function says so. `cwd` is another
   * folder than its own.
   */
  run(command: string, options?: { until?: Until; cwd?: string }): Promise<ShellResult>;
  /** Starts one that goes on until the shell is disposed of, and gives what it printed first. */
  start(command: string, until: Until): Promise<ShellResult>;
}

/** The folder of the project. */
export const projectFolder = join(import.meta.dirname ?? ".", "..", "..");

const patienceMs = 60_000;

/** Makes the place. */
export async function readmeShell(): Promise<ReadmeShell> {
  await using stack = new AsyncDisposableStack();
  const temporary = stack.use(await temporaryFolder("readme"));
  const home = await Deno.realPath(temporary.path);
  const folder = join(home, "work");
  const programs = join(home, "bin");
  await Deno.mkdir(folder);
  await Deno.mkdir(programs);
  await writeProgram(join(programs, "deno"), denoProgram);
  await writeProgram(join(programs, "npx"), npxProgram);
  const env: Record<string, string> = {
    PATH: `${programs}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
    HOME: home,
    // As root the server would live in /var/lib/opsdeck, which all tests share.
    OPSDECK_HOME: join(home, ".local/state/opsdeck"),
    DENO_DIR: packageFolder(),
    NO_COLOR: "1",
  };
  const standIns = new Map([["/home/ada", home], ["/opt/opsdeck", projectFolder]]);
  const toReal = (text: string) =>
    [...standIns].reduce((text, [shown, real]) => text.replaceAll(shown, real), text);
  // A project in a folder with a blank is quoted where the one that is shown is not.
  const toShown = (text: string) =>
    [...standIns].reduce((text, [shown, real]) => text.replaceAll(real, shown), text)
      .replace(/'(\/opt\/opsdeck[\w./-]*)'/g, "$1");
  const spawn = (command: string, options: { cwd?: string; patienceMs?: number }) =>
    startCommand(toReal(command), {
      cwd: folder,
      env,
      shown: toShown,
      ...options,
    });
  const kept = stack.move();
  return {
    home,
    folder,
    env,
    standIns,
    async write(name, content) {
      const path = join(folder, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    },
    async run(command, { until, cwd = folder } = {}) {
      if (until === undefined) {
        await using child = spawn(command, { cwd, patienceMs });
        return await child.result;
      }
      // With exec the signal goes to the program itself.
      await using child = spawn(`exec ${command}`, { cwd, patienceMs });
      await child.reached(until);
      child.interrupt();
      return await child.result;
    },
    async start(command, until) {
      const child = kept.use(spawn(`exec ${command}`, {}));
      return { code: 0, output: await child.reached(until) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

// The reader is in the project's folder; the tests' files are not to lie there.
const denoProgram = `#!/bin/sh
if [ "$1" = task ]; then
  shift
  exec '${Deno.execPath()}' task -q --config '${join(projectFolder, "deno.json")}' "$@"
fi
exec '${Deno.execPath()}' "$@"
`;

const npxProgram = `#!/bin/sh
[ "$1 $2" = '-y deno@${Deno.version.deno}' ] || { echo "npx $*: not this Deno"; exit 1; }
shift 2
exec deno "$@"
`;

async function writeProgram(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode: 0o755 });
}
