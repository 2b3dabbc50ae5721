/** What every command does where its configuration or its server is missing, or stopped. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { inParallel } from "../support/in_parallel.ts";
import { waitFor } from "../support/wait_for.ts";
import { allInvocations, type Invocation } from "./all_scripts.ts";
import { contractsSandbox, runnableExample, secret, serversAt } from "./contracts_sandbox.ts";

// These talk to no configured server; database starts its own, which its own tests do.
const isLocal = ({ name, words }: Invocation) =>
  ["compile", "completion", "database", "doctor", "show-config", "track-downloads"]
    .includes(name) || words[0] === "cache";
// They refuse any database but the embedded one.
const isForDevelopment = ({ name }: Invocation) => ["quickstart", "sample-requests"].includes(name);
// Too long to be done for every check: they have tests of their own.
const isSlow = ({ name, words }: Invocation) =>
  ["compile", "doctor"].includes(name) || (name === "database" && words[0] !== "ensure");
const isHealth = ({ words }: Invocation) => words[0] === "health";

const title = (invocation: Invocation) =>
  [invocation.name, ...runnableExample(invocation)].join(" ");
const servedInvocations = async () =>
  (await allInvocations()).filter((one) => !isLocal(one) && !isForDevelopment(one));

const documentKeys = ["status", "error", "error_type", "timestamp", "context"];

Deno.test("without configuration, stdout has JSON alone, stderr one line, and the exit code is 2", async () => {
  await using sandbox = await contractsSandbox();
  const all = (await allInvocations()).filter((one) => !isSlow(one));

  await inParallel(all, async (invocation) => {
    const { code, stdout, stderr, json } = await sandbox.runExample(invocation, [
      "--json",
      "--quiet",
    ]);

    const what = `${title(invocation)}: ${stdout} ${stderr}`;
    const document = Object(json());
    if (isLocal(invocation)) {
      assert(code <= 1, what);
    } else if (isHealth(invocation)) {
      assertEquals([code, document.status, stderr], [1, "unhealthy", ""], what);
    } else {
      assertEquals(code, 2, what);
      assertEquals(Object.keys(document), documentKeys, what);
      assertEquals([document.status, stdout.split("\n").length], ["failed", 2], what);
      assertMatch(stderr, /^Error: [^\n]+\n$/, what);
      assertEquals(stderr, `Error: ${document.error}\n`, what);
      assertMatch(document.error, /^(\d+ problems: \(1\) )?Cannot /, what);
      assertEquals(new Date(document.timestamp).toISOString(), document.timestamp, what);
    }
  });
});

Deno.test("a server that cannot be reached is exit code 4, and no output has a secret in it", async () => {
  await using sandbox = await contractsSandbox();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();

  await inParallel(await servedInvocations(), async (invocation) => {
    const { code, stdout, stderr } = await sandbox.runExample(
      invocation,
      ["--json", "--verbose"],
      serversAt(port),
    );

    const what = `${title(invocation)}: ${stdout} ${stderr}`;
    assertEquals(code, isHealth(invocation) ? 1 : 4, what);
    assert(isJson(stdout), what);
    assert(stderr.includes("127.0.0.1") || stdout.includes("127.0.0.1"), what);
    assertEquals((stdout + stderr).includes(secret), false, what);
    // The stack, which --verbose asks for.
    if (stderr.startsWith("Error: ")) assertMatch(stderr, /\n {4}at /, what);
  }, { atOnce: 6 });
});

Deno.test("a signal ends every command that waits on a server, with 130 or 143 and one word", async () => {
  await using sandbox = await contractsSandbox();

  await inParallel(await servedInvocations(), async (invocation, index) => {
    using server = silentServer();
    await using script = await sandbox.startExample(invocation, ["--json"], serversAt(server.port));
    const ended = script.result.then(() => true);
    await Promise.race([ended, server.asked()]);
    const [signal, wanted] = index % 2 === 0 ? ["SIGINT", 130] as const : ["SIGTERM", 143] as const;

    script.kill(signal);

    const { code, killedBy, stdout, stderr } = await script.result;
    const what = `${title(invocation)}: ${stdout} ${stderr}`;
    assertEquals([code, killedBy], [wanted, null], what);
    assertMatch(stderr, /^Stopping after the work in hand; a second signal stops at once$/m, what);
    assertEquals(/\n {4}at /.test(stderr), false, what);
    // One document, or the lines of a stream.
    if (stdout !== "") assert(isJson(stdout) || stdout.trim().split("\n").every(isJson), what);
  }, { atOnce: 8 });
});

interface SilentServer extends Disposable {
  port: number;
  /** Resolves when somebody has connected. */
  asked(): Promise<unknown>;
}

/** A server that takes connections and never says a word. */
function silentServer(): SilentServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const take = async () => {
    for await (const connection of listener) connections.push(connection);
  };
  take().catch(() => {});
  return {
    port: listener.addr.port,
    asked: () => waitFor(() => connections.length > 0, { what: "a connection", timeoutMs: 60_000 }),
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
