/** Running yt-dlp: its lines as they come, its end, and nothing left of it. */

import { TextLineStream } from "@std/streams/text-line-stream";
import { NetworkError } from "../../core/mod.ts";
import { type ProcessGroup, watchProcessGroup } from "./process_group.ts";

/** How {@link runYtdlp} runs it. */
export interface YtdlpRunOptions {
  /** The folder that it works in. Defaults to this process's. */
  folder?: string;
  /** Gets every line of stdout. */
  onLine?: (line: string) => void;
  /** Ends it, with everything that it started; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds. Defaults to no limit. */
  deadlineMs?: number;
  /**
   * How long it may say nothing, in milliseconds; asked again with every line. Defaults to no
   * limit.
   */
  silenceMs?: () => number;
}

/** How a run ended. */
export interface YtdlpRun {
  /** The exit code. */
  exitCode: number;
  /** The signal that ended it; null where none did. */
  signal: string | null;
  /** The end of what it said on stderr. */
  stderr: string;
}

const maxStderrCharacters = 16_000;

/**
 * Runs yt-dlp to its end in a process group of its own.
 *
 * After the return, also when it rejects, no process of the group is left.
 *
 * @throws Deno's own errors when it cannot be started; a NetworkError with the code `STALLED` when
 * it takes or is silent for too long; the reason of `signal`
 */
export async function runYtdlp(
  path: string,
  args: readonly string[],
  options: YtdlpRunOptions = {},
): Promise<YtdlpRun> {
  const { folder, onLine = () => {}, signal } = options;
  signal?.throwIfAborted();
  const child = new Deno.Command(path, {
    args: [...args],
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { PYTHONUNBUFFERED: "1", PYTHONIOENCODING: "utf-8" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a group of its own: a Ctrl-C at the terminal is ours alone
  }).spawn();
  using group = watchProcessGroup(child);
  const limits = watchLimits(options);
  const stop = AbortSignal.any([limits.signal, ...(signal === undefined ? [] : [signal])]);
  let stopping: Promise<void> | undefined;
  const onStop = () => stopping ??= group.stop();
  stop.addEventListener("abort", onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    const [status, stderr] = await Promise.all([
      endOf(child, group),
      readEnd(child.stderr),
      readLines(child.stdout, (line) => {
        limits.heard();
        onLine(line);
      }),
    ]);
    await stopping;
    stop.throwIfAborted();
    return { exitCode: status.code, signal: status.signal, stderr };
  } catch (error) {
    await (stopping ?? group.stop());
    throw error;
  } finally {
    limits.end();
    stop.removeEventListener("abort", onStop);
  }
}

/** What yt-dlp started may still hold its pipes open. */
async function endOf(child: Deno.ChildProcess, group: ProcessGroup): Promise<Deno.CommandStatus> {
  const status = await child.status;
  await group.sweep();
  return status;
}

interface Limits {
  signal: AbortSignal;
  heard(): void;
  end(): void;
}

function watchLimits({ deadlineMs, silenceMs }: YtdlpRunOptions): Limits {
  const controller = new AbortController();
  const overdue = (what: string, ms: number) => () => controller.abort(stalled(what, ms));
  const deadline = deadlineMs === undefined
    ? undefined
    : setTimeout(overdue("took", deadlineMs), deadlineMs);
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    const ms = silenceMs?.();
    if (ms !== undefined) silence = setTimeout(overdue("said nothing for", ms), ms);
  };
  heard();
  return {
    signal: controller.signal,
    heard,
    end() {
      clearTimeout(deadline);
      clearTimeout(silence);
    },
  };
}

function stalled(what: string, ms: number): NetworkError {
  return new NetworkError(
    `Cannot wait longer for yt-dlp as it ${what} more than ${ms / 1000} s; ` +
      "check the network, then run this again",
    { code: "STALLED" },
  );
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) onLine(line);
}

/** Both pipes are read to their end, or a talkative child would wait for ever. */
async function readEnd(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-maxStderrCharacters);
  }
  return text;
}
