/**
 * Runs `pg_ctl`, as the user that the server runs as. It runs PostgreSQL's other programs, so that
 * it alone needs permission.
 */

import { dirname, join } from "node:path";
import {
  ConfigurationError,
  ErrorCategory,
  ExitCode,
  howToStart,
  OpsdeckError,
} from "../../core/mod.ts";
import { serverAccount } from "./server_account.ts";

/** How {@link runPgCtl} runs. */
export interface RunPgCtlOptions {
  /** The folder with the programs' `bin`. */
  binaries: string;
  /** The arguments. */
  args: readonly string[];
  /** How long it may take, in milliseconds; it is killed then. */
  timeoutMs: number;
  /** Kills it. */
  signal?: AbortSignal | undefined;
}

/** How it ended. */
export interface PgCtlOutcome {
  /** Its exit code. */
  code: number;
  /** What it said on both streams, in one line. */
  message: string;
}

/**
 * Runs `pg_ctl` and waits for its end; its exit code is the caller's to judge.
 *
 * @throws ConfigurationError when the server's user cannot reach or execute it; OpsdeckError with
 * code DATABASE_START when it takes too long; the signal's reason when aborted.
 */
export async function runPgCtl(
  { binaries, args, timeoutMs, signal }: RunPgCtlOptions,
): Promise<PgCtlOutcome> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(
    () =>
      controller.abort(
        startFailure(`Cannot run pg_ctl as it took longer than ${timeoutMs / 1000} seconds`),
      ),
    timeoutMs,
  );
  try {
    const output = await new Deno.Command(join(binaries, "bin", "pg_ctl"), {
      args: [...args],
      // The caller's folder may be closed to the server's user.
      cwd: dirname(binaries),
      // PGDATA, PGPORT and their like in the caller's environment are not meant for this server.
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      stdin: "null",
      signal: controller.signal,
      ...serverAccount(),
    }).output();
    if (controller.signal.aborted) throw controller.signal.reason;
    const text = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
    return { code: output.code, message: text.trim().replaceAll(/\s*\n\s*/g, "; ") };
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw unreachable(binaries, error);
    if (error instanceof Deno.errors.NotFound) {
      throw startFailure(
        `Cannot run pg_ctl as it is missing in "${binaries}"; run: ${
          howToStart("db:start", "database start")
        }`,
        error,
      );
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Makes the error of a server that cannot be made or started. Exit code 3: its data is local. */
export function startFailure(message: string, cause?: unknown): OpsdeckError {
  return new OpsdeckError(message, {
    code: "DATABASE_START",
    category: ErrorCategory.SYSTEM,
    exitCode: ExitCode.localStore,
    cause,
  });
}

function unreachable(binaries: string, cause: Error): ConfigurationError {
  const account = serverAccount();
  const reason = account === undefined
    ? `the programs in "${binaries}" may not be executed; set OPSDECK_HOME to a folder on a file ` +
      "system that is not mounted noexec"
    : `PostgreSQL does not run as root, and the user nobody (${account.uid}) cannot reach ` +
      `"${binaries}"; let others enter the folders above it (chmod o+x), or set OPSDECK_HOME to ` +
      'a folder such as "/var/lib/opsdeck"';
  return new ConfigurationError(`Cannot run the embedded PostgreSQL as ${reason}`, { cause });
}
