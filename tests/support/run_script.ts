/** Runs the scripts as processes, with the permissions that their own first line gives them. */

import { join } from "@std/path";
import parseArgv from "string-argv";
import { waitFor } from "./wait_for.ts";

/** How a script is run. */
export interface RunScriptOptions {
  /** Variables beyond PATH, HOME and DENO_DIR; nothing else of this process is passed on. */
  env?: Readonly<Record<string, string>>;
  /** The folder it is run from. Defaults to one in which no configuration lies. */
  cwd?: string;
  /** What it reads on stdin. Defaults to nothing. */
  stdin?: string;
  /** Flags of `deno run` to add, such as `--allow-read=/tmp/x`. */
  permissions?: readonly string[];
  /** Kills it. */
  signal?: AbortSignal;
  /** How long it may take, in milliseconds; it is killed then. Defaults to 60000. */
  timeoutMs?: number;
}

/** How a script ended. */
export interface ScriptResult {
  /** The exit code. */
  code: number;
  /** The signal that killed it. */
  killedBy: Deno.Signal | null;
  /** All that it printed. */
  stdout: string;
  /** All that it said. */
  stderr: string;
  /** Its one JSON document on stdout. */
  json(): unknown;
}

/** A script that runs; disposing kills it. */
export interface RunningScript extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** How it ends. */
  readonly result: Promise<ScriptResult>;
  /** Waits for a line on stdout or stderr, from the beginning on. */
  waitForLine(pattern: RegExp, options?: { timeoutMs?: number }): Promise<string>;
  /** What came so far. */
  output(): { stdout: string; stderr: string };
  /** Sends a signal. */
  kill(signal: Deno.Signal): void;
}

const projectFolder = join(import.meta.dirname ?? ".", "..", "..");

/** Runs `scripts/<name>.ts` as its shebang does, and waits for its end. */
export async function runScript(
  name: string,
  args: readonly string[],
  options: RunScriptOptions = {},
): Promise<ScriptResult> {
  await using script = startScript(name, args, options);
  return await script.result;
}

/** Runs a line that `--print-permissions` printed, and waits for its end. */
export async function runPrintedLine(
  line: string,
  options: Omit<RunScriptOptions, "permissions"> = {},
): Promise<ScriptResult> {
  const [program, ...args] = parseArgv(line.trim());
  if (program !== "deno") throw new Error(`Cannot run what is no line of deno: ${line}`);
  await using script = startDeno(line.trim(), args, options);
  return await script.result;
}

/** Starts `scripts/<name>.ts` as its shebang does. */
export function startScript(
  name: string,
  args: readonly string[],
  options: RunScriptOptions = {},
): RunningScript {
  const { cwd = defaultFolder, permissions = [] } = options;
  const path = scriptPath(name);
  const flags = shebangArgs(path, { ...childEnvironment(options.env), PWD: cwd });
  const command = `${name} ${args.join(" ")}`.trim();
  return startDeno(command, [...flags, ...permissions, path, ...args], options);
}

const defaultFolder = import.meta.dirname ?? ".";

function startDeno(
  command: string,
  args: readonly string[],
  options: RunScriptOptions,
): RunningScript {
  const { cwd = defaultFolder, stdin, timeoutMs = 60_000 } = options;
  const env = childEnvironment(options.env);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      if (!hasEnded(error)) throw error;
    }
  };
  const onAbort = () => kill("SIGKILL");
  options.signal?.addEventListener("abort", onAbort);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill("SIGKILL");
  }, timeoutMs);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const written = stdin === undefined ? undefined : writeAll(child.stdin, stdin);
  const output = () => ({ stdout: stdout.text(), stderr: stderr.text() });

  const end = async (): Promise<ScriptResult> => {
    const [{ code, signal }] = await Promise.all([
      child.status,
      stdout.done,
      stderr.done,
      written,
    ]);
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    if (isLate) {
      throw new Error(
        `Cannot wait longer for "${command}" after ${timeoutMs} ms: ${JSON.stringify(output())}`,
      );
    }
    return { code, killedBy: signal, ...output(), json: () => parseJson(command, output()) };
  };
  const result = end();
  // Whoever only disposes of the script does not ask how it ended.
  result.catch(() => {});

  return {
    pid: child.pid,
    result,
    output,
    kill,
    waitForLine: (pattern, { timeoutMs = 15_000 } = {}) =>
      waitFor(
        () =>
          [...stdout.text().split("\n"), ...stderr.text().split("\n")]
            .find((line) => pattern.test(line)),
        { timeoutMs, what: `a line ${pattern} of "${command}"` },
      ),
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await result.catch(() => {});
    },
  };
}

/** Gives the path of `scripts/<name>.ts`. */
export function scriptPath(name: string): string {
  return join(projectFolder, "scripts", `${name}.ts`);
}

/**
 * Gives the arguments of `deno` in a script's first line, with `${PWD}`, `${HOME}` and their like
 * put in as `env -S` does.
 */
export function shebangArgs(path: string, env: Readonly<Record<string, string>>): string[] {
  const [firstLine = ""] = Deno.readTextFileSync(path).split("\n", 1);
  const match = /^#!\/usr\/bin\/env -S deno (run .+)$/.exec(firstLine);
  if (match?.[1] === undefined) {
    throw new Error(`Cannot run "${path}" as its first line is no shebang of deno: ${firstLine}`);
  }
  return match[1].trim().split(/\s+/).map((word) =>
    word.replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "")
  );
}

/** The package cache of whoever runs the tests; scripts with a home of their own need it too. */
export function packageFolder(): string {
  const cache = Deno.build.os === "darwin" ? "Library/Caches/deno" : ".cache/deno";
  return Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", cache);
}

function childEnvironment(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: Deno.env.get("HOME") ?? "/",
    // A script with a home of its own still finds the packages.
    DENO_DIR: packageFolder(),
    NO_COLOR: "1",
    ...given,
  };
}

function collect(stream: ReadableStream<Uint8Array>): { text: () => string; done: Promise<void> } {
  let text = "";
  const read = async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  };
  return { text: () => text, done: read() };
}

async function writeAll(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    // The script may end without reading all of it.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function parseJson(command: string, { stdout, stderr }: { stdout: string; stderr: string }) {
  try {
    const value: unknown = JSON.parse(stdout);
    return value;
  } catch (cause) {
    throw new Error(
      `Cannot read the output of "${command}" as JSON: ${JSON.stringify({ stdout, stderr })}`,
      { cause },
    );
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof TypeError || error instanceof Deno.errors.NotFound;
}
