/** A server program in the foreground, with the processes that it starts for its clients. */

import { descendants, killTree, signalAll, watchTree } from "./process_tree.ts";
import { waitFor } from "./wait_for.ts";

/** A program that can be started again and again. */
export interface ServerProcess {
  /** Starts it and waits until it listens. */
  start(): Promise<void>;
  /** Kills it with all its children. */
  stop(): Promise<void>;
  /** Kills its children. */
  killSessions(): Promise<void>;
  /** Stops it and its children where they are. */
  freeze(): Promise<void>;
  /** Lets them go on. */
  thaw(): Promise<void>;
}

/** Describes a program that listens on a port of 127.0.0.1 once it is up. */
export function serverProcess(command: readonly string[], port: number): ServerProcess {
  const [program = "", ...args] = command;
  let running: { pid: number; stop: () => Promise<void> } | undefined;

  return {
    async start() {
      const child = new Deno.Command(program, {
        args,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const watchdog = watchTree(child.pid);
      const said = new Response(child.stderr).text();
      let hasEnded = false;
      const ended = child.status.then(() => hasEnded = true);
      const stop = async () => {
        if (!hasEnded) killTree(child.pid);
        await Promise.all([ended, said, watchdog.release()]);
      };
      try {
        await waitFor(() => hasEnded || isListening(port), { what: `${program} on port ${port}` });
        if (hasEnded) throw new Error(`Cannot start ${program}: it says ${await said}`);
      } catch (error) {
        await stop();
        throw error;
      }
      running = { pid: child.pid, stop };
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
    async killSessions() {
      if (running === undefined) return;
      const { pid } = running;
      const sessions = descendants(pid);
      signalAll(sessions, "SIGKILL");
      await waitFor(() => !descendants(pid).some((child) => sessions.includes(child)), {
        what: `the end of the sessions of ${program}`,
      });
    },
    freeze() {
      if (running !== undefined) {
        signalAll([running.pid], "SIGSTOP");
        signalAll(descendants(running.pid), "SIGSTOP");
      }
      return Promise.resolve();
    },
    thaw() {
      if (running !== undefined) signalAll([...descendants(running.pid), running.pid], "SIGCONT");
      return Promise.resolve();
    },
  };
}

/** Gives a port that is free just now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Gives the name of this process's user (`-un`) or group (`-gn`). */
export async function accountName(flag: "-un" | "-gn"): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: [flag] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Looks without connecting, so that the server has no guest yet. */
function isListening(port: number): boolean {
  const listening = "0A";
  const address = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return Deno.readTextFileSync("/proc/net/tcp").split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return local.endsWith(address) && state === listening;
  });
}
