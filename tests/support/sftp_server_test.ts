import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
// @ts-types="@types/ssh2"
import { Client, type ConnectConfig, type SFTPWrapper } from "ssh2";
import { embeddedSftpServer } from "./embedded_sftp_server.ts";
import { forEachSftpServer, type SftpServer } from "./sftp_server.ts";

interface Session extends AsyncDisposable {
  client: Client;
  sftp: SFTPWrapper;
  closed: Promise<void>;
}

async function connect(server: SftpServer, login?: Partial<ConnectConfig>): Promise<Session> {
  const { host, port, username } = server;
  const client = new Client();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  client.on("close", resolve);
  const privateKey = await Deno.readTextFile(server.privateKeyPath);
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.on("error", reject);
      client.on("ready", () => client.sftp((error, sftp) => error ? reject(error) : resolve(sftp)));
      client.connect({ host, port, username, ...(login ?? { privateKey }) });
    });
    return {
      client,
      sftp,
      closed,
      async [Symbol.asyncDispose]() {
        client.end();
        await closed;
      },
    };
  } catch (error) {
    client.end();
    throw error;
  }
}

function call<T>(run: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    run((error, value) => error ? reject(error) : resolve(value as T))
  );
}

/** Goes to a server and back so often that one that is not silent had time to answer. */
async function answerOften({ sftp }: Session): Promise<void> {
  for (let round = 0; round < 10; round++) await call((done) => sftp.stat("/", done));
}

forEachSftpServer("a test server serves its folder", async (server) => {
  await Deno.writeTextFile(join(server.root, "a.txt"), "one");
  await using session = await connect(server);
  const { sftp } = session;

  const names = await call<{ filename: string }[]>((done) =>
    sftp.readdir(server.remotePath(), done)
  );
  assertEquals(names.map(({ filename }) => filename), ["a.txt"]);

  await call((done) => sftp.writeFile(server.remotePath("b.txt"), "two", done));
  const error = await call<void>((done) =>
    sftp.rename(server.remotePath("b.txt"), server.remotePath("a.txt"), done)
  ).catch((error) => error);
  assert(error instanceof Error, "a rename must not overwrite");
  await call((done) => sftp.rename(server.remotePath("b.txt"), server.remotePath("c.txt"), done));
  assertEquals(await Deno.readTextFile(join(server.root, "c.txt")), "two");
  assertEquals(await Deno.readTextFile(join(server.root, "a.txt")), "one");
});

forEachSftpServer("a test server takes its password", async (server) => {
  if (server.password === undefined) return;
  await using session = await connect(server, { password: server.password });
  assert(session.sftp);
});

forEachSftpServer("a test server hangs up, falls silent, ends and comes back", async (server) => {
  await using otherServer = await embeddedSftpServer();
  await using other = await connect(otherServer);
  {
    await using session = await connect(server);
    await server.killSessions();
    await session.closed;
  }
  {
    await using session = await connect(server);
    await server.freeze();
    let isAnswered = false;
    const answer = call((done) => session.sftp.stat(server.remotePath(), done))
      .then(() => isAnswered = true);
    await answerOften(other);
    assertEquals(isAnswered, false);
    await server.thaw();
    await answer;
    await server.stop();
    await session.closed;
  }
  const refused = await connect(server).catch((error) => error);
  assertMatch(String(refused), /ECONNREFUSED/);
  await server.start();
  await using session = await connect(server);
  assert(session.sftp);
});

forEachSftpServer("a test server has the host key that it says", async (server) => {
  const seen: string[] = [];
  const privateKey = await Deno.readTextFile(server.privateKeyPath);
  const hostVerifier = (key: Uint8Array) => {
    seen.push(key.toBase64());
    return true;
  };
  await (await connect(server, { privateKey, hostVerifier }))[Symbol.asyncDispose]();
  const first = server.hostPublicKey;
  await server.changeHostKey();
  await (await connect(server, { privateKey, hostVerifier }))[Symbol.asyncDispose]();

  assertEquals(seen, [first, server.hostPublicKey].map((key) => key.split(" ")[1]));
  assert(first !== server.hostPublicKey);
});

forEachSftpServer("a test server limits the channels of a connection", async (server) => {
  await using session = await connect(server);
  await call((done) => session.client.sftp(done));
  const refused = await call((done) => session.client.sftp(done)).catch((error) => error);
  assertMatch(String(refused), /Channel open failure/);
}, { maxChannels: 2 });
