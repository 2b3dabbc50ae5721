/** Cleaning up after a process however it ends, SIGKILL included. */

/** A shell command that waits for the end of this process; disposing runs it at once. */
export interface Watchdog extends AsyncDisposable {
  /** Makes it go without running its command. */
  release(): Promise<void>;
}

/**
 * Runs a shell command when this process ends. `args` are its `$1`, `$2` and so on.
 *
 * A shell reads from this process, and what ends with the process is the writing end.
 */
export function startWatchdog(command: string, args: readonly string[]): Watchdog {
  const shell = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      `trap '' INT TERM HUP; read -r word; [ "$word" = release ] && exit; ${command}`,
      "watchdog",
      ...args,
    ],
    cwd: "/",
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // It must not keep alive the process whose end it waits for.
  shell.unref();
  const end = async (lastWord: string) => {
    shell.ref();
    const writer = shell.stdin.getWriter();
    await writer.write(new TextEncoder().encode(lastWord));
    await writer.close();
    await shell.status;
  };
  return { release: () => end("release\n"), [Symbol.asyncDispose]: () => end("\n") };
}
