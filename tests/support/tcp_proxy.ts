/** A proxy before PostgreSQL that breaks connections at chosen moments. */

import type { ConnectionTarget } from "../../lib/database/mod.ts";
import { PostgresMessages, StatementsRun } from "./postgres_messages.ts";

/** When a connection is cut: once the server has the statement, or once it has answered it. */
export type CutMoment = "sent" | "answered";

/** A proxy before a server; disposing ends all its connections. */
export interface TcpProxy extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The server's target, reached through the proxy. */
  readonly target: ConnectionTarget;
  /** Puts the proxy into a connection string. */
  through(url: string): string;
  /**
   * Cuts the connection of the next statement whose text matches, once; the client never hears the
   * answer. The promise is resolved when it is cut.
   */
  loseAnswer(pattern: RegExp, moment?: CutMoment): Promise<void>;
  /** Cuts all connections. */
  cut(): void;
  /** Hangs up on whoever connects, until {@link accept}. */
  refuse(): void;
  /** Takes connections again. */
  accept(): void;
  /** Holds back all bytes until {@link resume}. */
  pause(): void;
  /** Lets the bytes go on. */
  resume(): void;
  /** How many connections there are. */
  readonly connections: number;
}

interface Cut {
  pattern: RegExp;
  moment: CutMoment;
  done: () => void;
}

/** Starts a proxy before a server that talks without TLS. */
export function startTcpProxy(server: ConnectionTarget): TcpProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const pairs = new Set<{ cut: () => void }>();
  const running = new Set<Promise<void>>();
  let cuts: Cut[] = [];
  let isRefusing = false;
  let gate: PromiseWithResolvers<void> | undefined;

  const takeCut = (text: string): Cut | undefined => {
    const found = cuts.find(({ pattern }) => pattern.test(text));
    cuts = cuts.filter((cut) => cut !== found);
    return found;
  };

  const serve = async (client: Deno.TcpConn): Promise<void> => {
    let upstream: Deno.TcpConn;
    try {
      if (isRefusing) throw new Deno.errors.ConnectionRefused();
      upstream = await Deno.connect({ hostname: server.host, port: server.port });
    } catch (error) {
      if (!isNetworkError(error)) throw error;
      return client.close();
    }
    const pair = {
      cut() {
        pairs.delete(pair);
        closeQuietly(client);
        closeQuietly(upstream);
      },
    };
    pairs.add(pair);
    const statements = new StatementsRun();
    const asked = new PostgresMessages("client");
    const answered = new PostgresMessages("server");
    let due: Cut | undefined;
    const cutNow = () => {
      pair.cut();
      due?.done();
    };
    const toServer = pump(client, upstream, {
      before: (bytes) => {
        for (const message of asked.read(bytes)) {
          const text = statements.read(message);
          if (text !== undefined) due ??= takeCut(text);
        }
        return true;
      },
      after: () => {
        if (due?.moment === "sent") cutNow();
      },
    });
    const toClient = pump(upstream, client, {
      before: (bytes) => {
        const types = answered.read(bytes).map((message) => message.type);
        if (due === undefined) return true;
        // Ready for the next query: the statement is over, and committed where it stands alone.
        if (types.includes("Z")) cutNow();
        return false;
      },
    });
    await Promise.race([toServer, toClient]);
    pair.cut();
    await Promise.all([toServer, toClient]);
  };

  const pump = async (
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    { before, after }: { before: (bytes: Uint8Array) => boolean; after?: () => void },
  ): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    try {
      while (true) {
        const count = await from.read(buffer);
        if (count === null) return;
        await gate?.promise;
        let rest = buffer.subarray(0, count);
        if (!before(rest.slice())) continue;
        while (rest.length > 0) rest = rest.subarray(await to.write(rest));
        after?.();
      }
    } catch (error) {
      if (!isNetworkError(error)) throw error;
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
    port,
    target: { ...server, host: "127.0.0.1", port },
    through(url) {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${port}`;
      return changed.href;
    },
    loseAnswer(pattern, moment = "answered") {
      const { promise, resolve } = Promise.withResolvers<void>();
      cuts.push({ pattern, moment, done: resolve });
      return promise;
    },
    cut() {
      for (const pair of pairs) pair.cut();
    },
    refuse() {
      isRefusing = true;
    },
    accept() {
      isRefusing = false;
    },
    pause() {
      gate ??= Promise.withResolvers<void>();
    },
    resume() {
      gate?.resolve();
      gate = undefined;
    },
    get connections() {
      return pairs.size;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      this.resume();
      this.cut();
      await accepting;
      await Promise.all(running);
    },
  };
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function isNetworkError(error: unknown): boolean {
  return [
    Deno.errors.BadResource,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionAborted,
    Deno.errors.ConnectionRefused,
    Deno.errors.ConnectionReset,
    Deno.errors.Interrupted,
    Deno.errors.NotConnected,
  ].some((kind) => error instanceof kind);
}
