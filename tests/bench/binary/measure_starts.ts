/** Times starts of executables and of their scripts, in turn. */

import { join } from "@std/path";
import { packageFolder, scriptPath, shebangArgs } from "../../support/run_script.ts";

/** What is started. */
export interface StartLoad {
  /** What it is, for a person. */
  title: string;
  /** The script. */
  name: string;
  /** Its arguments. */
  args: readonly string[];
}

/** Where it is started. */
export interface StartPlace {
  /** A folder with the executables in `dist`. */
  folder: string;
  /** The queue's database, which is empty. */
  databaseUrl: string;
  /** How often each is timed. */
  rounds: number;
  /** Ends it. */
  signal: AbortSignal;
  /** Says what is being done. */
  note(text: string): void;
}

/** The times of a load, in milliseconds, by round. */
export interface StartTimes {
  /** What was started. */
  title: string;
  /** The executable's. */
  executableMs: number[];
  /** The script's. */
  scriptMs: number[];
}

/** Times the first start, which unpacks, and then every load `rounds` times after one warm-up. */
export async function measureStarts(
  loads: readonly StartLoad[],
  { folder, databaseUrl, rounds, signal, note }: StartPlace,
): Promise<{ firstMs: number; times: StartTimes[] }> {
  // Under `deno task` this would be where they are called from.
  const { INIT_CWD: _, ...environment } = Deno.env.toObject();
  const env = {
    ...environment,
    PWD: folder,
    // Deno's own cache is there too by default, and scripts have their packages in it.
    XDG_CACHE_HOME: join(folder, "cache"),
    DENO_DIR: packageFolder(),
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: databaseUrl,
  };
  const time = async (program: string, args: readonly string[]) => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const { success, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd: folder,
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const ms = performance.now() - startedAt;
    if (success) return ms;
    throw new Error(
      `Cannot time ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
    );
  };
  const executable = ({ name, args }: StartLoad) => time(join(folder, "dist", name), args);
  const script = ({ name, args }: StartLoad) => {
    const path = scriptPath(name);
    return time(Deno.execPath(), [...shebangArgs(path, env), path, ...args]);
  };

  note("Starting for the first time");
  const firstMs = await executable({ title: "", name: "queue", args: ["--version"] });
  await Deno.writeTextFile(join(folder, "handler.ts"), "export default () => 1;\n");
  await Deno.writeTextFile(join(folder, "r.ndjson"), '{"n":1}\n');
  await script({ title: "", name: "queue", args: ["migrate"] });
  await script({
    title: "",
    name: "queue",
    args: ["add", "--flow", "bench", "--file", "r.ndjson"],
  });
  const times = loads.map(({ title }) => newTimes(title));
  for (let round = -1; round < rounds; round++) {
    note(round < 0 ? "Warming up" : `Round ${round + 1} of ${rounds}`);
    for (const [index, load] of loads.entries()) {
      const executableMs = await executable(load);
      const scriptMs = await script(load);
      if (round < 0) continue;
      times[index]?.executableMs.push(executableMs);
      times[index]?.scriptMs.push(scriptMs);
    }
  }
  return { firstMs, times };
}

function newTimes(title: string): StartTimes {
  return { title, executableMs: [], scriptMs: [] };
}
