/** Runs the programs that a build needs. */

import { ConfigurationError, FileOperationError, writeFileAtomic } from "../core/mod.ts";

/** How {@link runProgram} runs it. */
export interface RunProgramOptions {
  /** The folder it runs in. Defaults to the working folder. */
  cwd?: string;
  /** A file that its output goes to, instead of being given back. */
  outputFile?: string;
  /** Ends it. */
  signal: AbortSignal;
  /** How long it may take, in milliseconds. Defaults to 5 minutes. */
  timeoutMs?: number;
}

/** How a program ended. */
export interface ProgramResult {
  /** The exit code. */
  code: number;
  /** What it printed, unless that went to a file. */
  stdout: string;
  /** What it said, without the blanks around it. */
  stderr: string;
}

/**
 * Runs a program of PATH to its end.
 *
 * @throws ConfigurationError when it is not on PATH, or the folder is not there; FileOperationError
 * when it takes too long.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, outputFile, signal, timeoutMs = 5 * 60_000 }: RunProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  const child = spawn(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.any([signal, deadline]),
  });
  const [status, stdout, stderr] = await Promise.all([
    child.status,
    outputFile === undefined
      ? new Response(child.stdout).text()
      : writeFileAtomic(outputFile, child.stdout),
    new Response(child.stderr).text(),
  ]);
  signal.throwIfAborted();
  if (deadline.aborted) {
    throw new FileOperationError(
      `Cannot wait longer for "${program} ${args[0] ?? ""}" after ${timeoutMs / 1000} s; ` +
        "try again when the machine has less to do",
      { code: "PROGRAM_TIMEOUT" },
    );
  }
  return { code: status.code, stdout: stdout ?? "", stderr: stderr.trim() };
}

function spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, options).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { cwd } = options;
    const [reason, code] = cwd === undefined || isFolder(cwd)
      ? [`"${program}" is not on PATH; install it`, "PROGRAM_MISSING"]
      : [`there is no folder "${cwd}"; change to one that exists`, "FOLDER_MISSING"];
    throw new ConfigurationError(`Cannot build executables as ${reason}`, { code, cause: error });
  }
}

function isFolder(path: string | URL): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    // What may not be looked at may well be there.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/**
 * Does the same, for a program that must end with 0.
 *
 * @throws FileOperationError with what it said when it ends with anything else.
 */
export async function runProgramOrFail(
  program: string,
  args: readonly string[],
  options: RunProgramOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options);
  if (code === 0) return stdout;
  throw new FileOperationError(
    `Cannot build executables as "${program} ${args[0] ?? ""}" ended with ${code}: ` +
      (stderr.split("\n").slice(-3).join(" ") || "it said nothing"),
    { code: "PROGRAM_FAILED" },
  );
}
