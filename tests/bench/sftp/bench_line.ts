/** The way between client and server: the loopback interface, or a long line. */

import { fromFileUrl } from "@std/path";
import { startWatchdog } from "../../support/watchdog.ts";

/** A way to a server; disposing takes it away. */
export interface BenchLine extends AsyncDisposable {
  /** For the report. */
  readonly title: string;
  /** Where the server listens. */
  readonly listenAddress: string;
  /** What stands before the server's command. */
  readonly serverPrefix: readonly string[];
  /** Gives where a client connects to, for the port that the server listens on. */
  connect(serverPort: number): Promise<{ host: string; port: number }>;
}

/** The loopback interface. */
export function loopback(): BenchLine {
  return {
    title: "loopback",
    listenAddress: "127.0.0.1",
    serverPrefix: [],
    connect: (port) => Promise.resolve({ host: "127.0.0.1", port }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * A line of 20 ms of round trip: real TCP through a network namespace where this machine allows one
 * (Linux, root, `/dev/net/tun`, python3), else a delaying proxy in a process of its own.
 */
export async function longLine(roundTripMs: number): Promise<BenchLine> {
  return await namespaceLine(roundTripMs) ?? proxyLine(roundTripMs);
}

async function namespaceLine(roundTripMs: number): Promise<BenchLine | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const namespace = `odb${Deno.pid % 100_000}`;
  const subnet = `198.18.${Deno.pid % 256}`; // for benchmarks: RFC 2544
  const script = fromFileUrl(new URL("delay_line.py", import.meta.url));
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("python3", {
      args: [script, namespace, `${subnet}.1`, `${subnet}.2`, String(roundTripMs / 2)],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return undefined;
  }
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  if (value === undefined || !new TextDecoder().decode(value).startsWith("ready")) {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
    return undefined;
  }
  const watchdog = startWatchdog('ip netns delete "$1"', [namespace]);
  return {
    title: `${roundTripMs} ms of round trip (network namespace, TUN delay line)`,
    listenAddress: `${subnet}.2`,
    serverPrefix: ["ip", "netns", "exec", namespace],
    connect: (port) => Promise.resolve({ host: `${subnet}.2`, port }),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
      await watchdog.release();
    },
  };
}

function proxyLine(roundTripMs: number): BenchLine {
  const proxies: Deno.ChildProcess[] = [];
  const script = fromFileUrl(new URL("proxy_process.ts", import.meta.url));
  return {
    title: `${roundTripMs} ms of round trip (delaying TCP proxy)`,
    listenAddress: "127.0.0.1",
    serverPrefix: [],
    async connect(serverPort) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "-A", script, String(serverPort), String(roundTripMs / 2)],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      proxies.push(child);
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return { host: "127.0.0.1", port: Number(new TextDecoder().decode(value)) };
    },
    async [Symbol.asyncDispose]() {
      for (const child of proxies) {
        await child.stdin.close();
        await child.status;
      }
    },
  };
}
