/** Two-stage stopping: the first SIGINT or SIGTERM drains, the second leaves at once. */

import { ExitCode } from "../errors/opsdeck_error.ts";
import { writeStderr } from "../terminal.ts";

// `deno task` hands one Ctrl-C to the script twice, within a few milliseconds.
const sameSignalMs = 500;

/** The state of stopping in one run of a script. */
export interface StopSignals extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code that the first signal asks for; undefined when none came. */
  exitCode(): number | undefined;
}

/**
 * Listens for SIGINT and SIGTERM.
 *
 * The first one says so on stderr and aborts `signal`. Another one 500 ms later or more ends the
 * process with 130 or 143 after the last word of `lastWord`; within 500 ms it counts as the same.
 */
export function listenForStopSignals(lastWord: () => string | undefined): StopSignals {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let firstAt = 0;

  const onSignal = (code: number) => () => {
    if (exitCode === undefined) {
      exitCode = code;
      firstAt = performance.now();
      writeStderr("Stopping after the work in hand; a second signal stops at once\n");
      controller.abort(new DOMException("Stopped by a signal", "AbortError"));
    } else if (performance.now() - firstAt >= sameSignalMs) {
      const word = lastWord();
      writeStderr(`Stopped at once${word ? `: ${word}` : ""}\n`);
      Deno.exit(code);
    }
  };
  const listeners: [Deno.Signal, () => void][] = [["SIGINT", onSignal(ExitCode.interrupted)]];
  if (Deno.build.os !== "windows") listeners.push(["SIGTERM", onSignal(ExitCode.terminated)]);
  for (const [name, listener] of listeners) Deno.addSignalListener(name, listener);

  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    [Symbol.dispose](): void {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
