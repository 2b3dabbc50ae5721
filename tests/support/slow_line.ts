/** A line of some length before a server: a proxy that holds each piece back for a while. */

/** A running line; disposing cuts it. */
export interface SlowLine extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** How many connections it has carried. */
  readonly connections: number;
  /** Breaks one of them; the first one is 1. */
  cut(connection: number): void;
}

/** What a line lets through. */
export interface SlowLineOptions {
  /** Connections beyond this many are closed at once. Defaults to no limit. */
  maxConnections?: number;
}

/** Puts `delayMs` into each direction, so twice that into a round trip. */
export function startSlowLine(
  port: number,
  delayMs: number,
  { maxConnections = Infinity }: SlowLineOptions = {},
): SlowLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const running = new Set<Promise<void>>();
  const carried: Deno.TcpConn[] = [];

  const carry = async (from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> => {
    const waiting: { bytes: Uint8Array; dueAt: number }[] = [];
    let wake = Promise.withResolvers<void>();
    let isOver = false;
    const read = async () => {
      for (;;) {
        const buffer = new Uint8Array(256 * 1024);
        const count = await from.read(buffer).catch(() => null);
        if (count === null) break;
        waiting.push({ bytes: buffer.subarray(0, count), dueAt: performance.now() + delayMs });
        wake.resolve();
      }
      isOver = true;
      wake.resolve();
    };
    const write = async () => {
      for (;;) {
        const next = waiting.shift();
        if (next === undefined) {
          if (isOver) return;
          wake = Promise.withResolvers<void>();
          await wake.promise;
          continue;
        }
        const leftMs = next.dueAt - performance.now();
        if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
        for (let rest = next.bytes; rest.length > 0;) rest = rest.subarray(await to.write(rest));
      }
    };
    await Promise.all([read(), write().catch(() => {})]);
  };

  const serve = async (client: Deno.TcpConn): Promise<void> => {
    open.add(client);
    try {
      if (carried.push(client) > maxConnections) throw new Error("no more of them");
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(server);
      client.setNoDelay(true);
      server.setNoDelay(true);
      await Promise.race([carry(client, server), carry(server, client)]);
      closeAll([client, server], open);
    } catch {
      closeAll([client], open);
    }
  };

  const accepting = (async () => {
    for await (const client of listener) {
      const serving = serve(client);
      running.add(serving);
      serving.finally(() => running.delete(serving));
    }
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return carried.length;
    },
    cut(connection) {
      closeAll(carried.slice(connection - 1, connection), open);
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      closeAll([...open], open);
      await accepting;
      await Promise.all(running);
    },
  };
}

function closeAll(connections: readonly Deno.TcpConn[], open: Set<Deno.TcpConn>): void {
  for (const connection of connections) if (open.delete(connection)) connection.close();
}
