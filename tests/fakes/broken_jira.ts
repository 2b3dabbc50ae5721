/** Servers on loopback that do not keep to HTTP, or to Jira, in one chosen way. */

/** How a server is broken. */
export type Breakage =
  /** It reads the request and hangs up. */
  | "hangs-up"
  /** It promises more bytes than it sends, and hangs up. */
  | "cuts-body"
  /** It answers what is no HTTP. */
  | "no-http"
  /** It says 200 and sends a page for browsers. */
  | "html"
  /** It reads the request and says nothing. */
  | "silent"
  /** It sends JSON without end. */
  | "endless";

/** A broken server; disposing ends it. */
export interface BrokenJira extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** How many requests came. */
  readonly requests: number;
}

const answers: Partial<Record<Breakage, string>> = {
  "cuts-body":
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"a":1',
  "no-http": "SSH-2.0-OpenSSH_9.2\r\n",
  "html":
    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html><title>Sign in</title></html>",
  "endless": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n[1",
};

/** Starts a broken server on a free port. */
export function startBrokenJira(breakage: Breakage): BrokenJira {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let requests = 0;
  const close = (connection: Deno.TcpConn) => {
    if (open.delete(connection)) connection.close();
  };
  const serve = async (connection: Deno.TcpConn) => {
    open.add(connection);
    const encoder = new TextEncoder();
    try {
      if (await connection.read(new Uint8Array(65_536)) === null) return;
      requests++;
      const answer = answers[breakage];
      if (answer !== undefined) await connection.write(encoder.encode(answer));
      const more = encoder.encode(",1".repeat(32_768));
      while (breakage === "endless") await connection.write(more);
      if (breakage === "silent") await connection.read(new Uint8Array(1));
    } catch {
      // The client has hung up.
    } finally {
      close(connection);
    }
  };
  const accepting = (async () => {
    const serving: Promise<void>[] = [];
    for await (const connection of listener) serving.push(serve(connection));
    await Promise.all(serving);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
}
