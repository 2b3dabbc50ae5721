import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { downloadFile } from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { type SlowLine, startSlowLine } from "../support/slow_line.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { randomBytes } from "./transfer_fixtures.ts";

/** Makes a line that is long enough for two connections. */
const oneWayMs = 6;
const content = randomBytes(64 * 1024 * 1024 + 1, 1);

interface Case {
  name: string;
  /** What a connection is opened with. */
  target?: { connections?: number };
  /** What the line carries. */
  line?: { maxConnections?: number };
  /** Called as bytes arrive. */
  onBytes?: (bytes: number, line: SlowLine) => void;
  /** How many connections the line must have seen. */
  connections: number;
}

const cases: Case[] = [
  { name: "comes over two connections", connections: 2 },
  { name: "comes over one where the settings say so", target: { connections: 1 }, connections: 1 },
  {
    name: "comes where the server takes no second connection",
    line: { maxConnections: 1 },
    connections: 2,
  },
  {
    name: "comes though the second connection breaks",
    onBytes: (bytes, line) => {
      if (bytes > content.length / 2) line.cut(2);
    },
    connections: 2,
  },
];

for (const { name, target = {}, line: limits = {}, onBytes, connections } of cases) {
  Deno.test(`a large file of a long line ${name}`, async () => {
    await using server = await embeddedSftpServer();
    await using line = startSlowLine(server.port, oneWayMs, limits);
    await using local = await temporaryFolder("second-connection");
    await using connection = await connectTo(server, { port: line.port, ...target });
    await Deno.writeFile(join(server.root, "big"), content);
    const to = join(local.path, "big");

    const { status } = await downloadFile(connection, "/big", to, {
      onProgress: ({ bytes }) => onBytes?.(bytes, line),
    });

    assertEquals(status, "done");
    assert(Buffer.compare(await Deno.readFile(to), content) === 0, "another content");
    assertEquals(line.connections, connections);
  });
}

Deno.test("a large file that is replaced before the second connection is there is not mixed", async () => {
  await using server = await embeddedSftpServer();
  await using line = startSlowLine(server.port, oneWayMs);
  await using local = await temporaryFolder("second-connection");
  await using connection = await connectTo(server, { port: line.port });
  const source = join(server.root, "big");
  await Deno.writeFile(source, content);
  await Deno.writeFile(`${source}.new`, content.map((byte) => byte ^ 0xff));
  await Deno.utime(`${source}.new`, 1, 1);
  const to = join(local.path, "big");
  let isReplaced = false;

  const { status } = await downloadFile(connection, "/big", to, {
    onProgress: ({ bytes }) => {
      if (bytes === 0 || isReplaced) return;
      isReplaced = true;
      // The first handle is open, and the second connection is being made.
      Deno.renameSync(`${source}.new`, source);
    },
  });

  assertEquals([status, isReplaced, line.connections], ["done", true, 2]);
  assert(Buffer.compare(await Deno.readFile(to), content) === 0, "another content");
});
