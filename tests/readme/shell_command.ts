/** A command of bash at work, whose output is watched. */

import { waitFor } from "../support/wait_for.ts";

/** How a command ended. */
export interface ShellResult {
  /** The exit code of the shell. */
  code: number;
  /** What came on stdout and stderr, in order. */
  output: string;
}

/** When a command that goes on has done enough: its output matches, or the function says so. */
export type Until = RegExp | (() => Promise<boolean>);

/** How a command is started. */
export interface ShellCommandOptions {
  /** The folder that it is run from. */
  cwd: string;
  /** All its variables. */
  env: Record<string, string>;
  /** Turns what it prints into what the README shows. */
  shown: (text: string) => string;
  /** Kills it after this time; without it, it may go on. */
  patienceMs?: number;
}

/** A command at work; disposing ends it. */
export interface ShellCommand extends AsyncDisposable {
  /** How it ends. */
  readonly result: Promise<ShellResult>;
  /** Waits until it has done enough, and gives what it printed so far. */
  reached(until: Until): Promise<string>;
  /** Sends SIGINT, as Ctrl-C does. */
  interrupt(): void;
}

/** Starts a command. */
export function startCommand(command: string, options: ShellCommandOptions): ShellCommand {
  const { cwd, env, shown, patienceMs } = options;
  const child = new Deno.Command("/bin/bash", {
    args: ["-c", `exec 2>&1\n${command}`],
    cwd,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  let hasEnded = false;
  const send = (signal: Deno.Signal) => {
    if (!hasEnded) child.kill(signal);
  };
  const timer = patienceMs === undefined
    ? undefined
    : setTimeout(() => send("SIGKILL"), patienceMs);
  const read = async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text;
    const { code } = await child.status;
    hasEnded = true;
    clearTimeout(timer);
    return { code, output: shown(output).trimEnd() };
  };
  const result = read();
  return {
    result,
    async reached(until) {
      const isReached = async () => until instanceof RegExp ? until.test(output) : await until();
      await waitFor(async () => hasEnded || await isReached(), {
        what: `${until} of "${command}"`,
      });
      if (hasEnded) throw new Error(`"${command}" ended before ${until}: ${output}`);
      return shown(output).trimEnd();
    },
    interrupt: () => send("SIGINT"),
    async [Symbol.asyncDispose]() {
      send("SIGTERM");
      await result;
    },
  };
}
