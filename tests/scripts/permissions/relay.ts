/** Another way to a server: by a Unix socket, or by an address of IPv6. */

/** A way in; disposing closes it and all connections. */
export type Relay = AsyncDisposable;

/** Hands what comes in at a listener on to a port of 127.0.0.1. */
export function relay(listener: Deno.Listener, port: number): Relay {
  const connections = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  const serve = async (client: Deno.Conn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    for (const one of [client, server]) connections.add(one);
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  };
  const accepting = (async () => {
    for await (const client of listener) {
      const work = serve(client).finally(() => running.delete(work));
      running.add(work);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch (error) {
          if (!(error instanceof Deno.errors.BadResource)) throw error;
        }
      }
      await accepting;
      await Promise.allSettled(running);
    },
  };
}
