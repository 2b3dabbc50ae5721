/** The yt-dlp program: where it is, whether it is new enough, what it can do. */

import { basename } from "@std/path";
import {
  ConfigManager,
  ConfigurationError,
  errorReason,
  permissionMissing,
  withDeadline,
} from "../../core/mod.ts";
import { runYtdlp, type YtdlpRun } from "./ytdlp_process.ts";

/** A yt-dlp that can be used. */
export interface YtdlpProgram {
  /** Its name or path. */
  path: string;
  /** Its version, which is a date: `2025.04.30`. */
  version: string;
}

/**
 * The oldest yt-dlp that is used: before it, a hostile site could choose the extension of a file
 * and so have a program put where another one runs it (CVE-2024-38519).
 */
export const oldestYtdlpVersion = "2024.07.01";

/** From this version on yt-dlp has `--js-runtimes` (yt-dlp issue #15012). */
const jsRuntimesVersion = "2025.11.12";

const versionDeadlineMs = 60_000;

/** The program of each path, once it was looked at. */
const known = new Map<string, Promise<YtdlpProgram>>();

/** Gives the name or path of yt-dlp: the setting `YTDLP_PATH`, by default `yt-dlp` on PATH. */
export function ytdlpPath(config: ConfigManager = new ConfigManager()): string {
  return config.getVariable("YTDLP_PATH", "yt-dlp");
}

/**
 * Gives the yt-dlp at a path, once it has said its version; it is asked once in a process.
 *
 * @throws ConfigurationError when it is not there, may not be run, does not answer or is too old;
 * the message says how to mend it
 */
export async function findYtdlp(path: string, signal?: AbortSignal): Promise<YtdlpProgram> {
  const asked = known.get(path) ?? askVersion(path);
  known.set(path, asked);
  asked.catch(() => known.delete(path)); // it may be installed by the next time
  // One caller that is cancelled leaves the answer to the others.
  return await withDeadline(asked, { ms: Infinity, signal, onTimeout: () => new Error() });
}

/**
 * Gives the arguments that let yt-dlp run YouTube's JavaScript, which a current yt-dlp needs: in
 * this very Deno, or, where opsdeck is a program of its own, in the Deno that yt-dlp finds on PATH.
 * Debian's yt-dlp lacks two packages for it, which may come from npm; others ask for nothing. None
 * for a yt-dlp that does not know them.
 */
export function jsRuntimeArguments(program: YtdlpProgram, execPath: string): string[] {
  if (program.version < jsRuntimesVersion) return [];
  const isDeno = /^deno(\.exe)?$/i.test(basename(execPath));
  const runtime = isDeno ? ["--js-runtimes", `deno:${execPath}`] : [];
  return [...runtime, "--remote-components", "ejs:npm"];
}

async function askVersion(path: string): Promise<YtdlpProgram> {
  const run = await start(path, ["--ignore-config", "--version"]);
  const [version] = /^\d{4}\.\d{2}\.\d{2}\S*/.exec(run.stdout) ?? [];
  if (run.exitCode !== 0 || version === undefined) {
    throw unusable(path, `it does not say its version: ${errorReason(run.stderr || run.stdout)}`);
  }
  if (version < oldestYtdlpVersion) {
    throw unusable(
      path,
      `it is ${version}, and a hostile site can misuse what is older than ${oldestYtdlpVersion}`,
    );
  }
  return { path, version };
}

async function start(
  path: string,
  args: readonly string[],
): Promise<YtdlpRun & { stdout: string }> {
  const lines: string[] = [];
  try {
    const run = await runYtdlp(path, args, {
      deadlineMs: versionDeadlineMs,
      onLine: (line) => void lines.push(line),
    });
    return { ...run, stdout: lines.join("\n") };
  } catch (error) {
    throw permissionMissing(error) ?? unusable(path, errorReason(error), error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `Cannot use yt-dlp at "${path}" as ${reason}; install ${oldestYtdlpVersion} or newer ` +
      "(Debian: apt install -t bookworm-backports yt-dlp) or set YTDLP_PATH",
    { code: "YTDLP_UNUSABLE", context: { ytdlp_path: path }, cause },
  );
}
