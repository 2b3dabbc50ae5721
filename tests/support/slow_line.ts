/** A line of some length before a server: a proxy that holds each piece back for a while. */

/** A running line; disposing cuts it. */
export interface SlowLine extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
}

/** Puts `delayMs` into each direction, so twice that into a round trip. */
export function startSlowLine(port: number, delayMs: number): SlowLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const running = new Set<Promise<void>>();

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
