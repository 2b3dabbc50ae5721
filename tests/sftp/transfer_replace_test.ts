import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { FileOperationError, SFTPConnectionError } from "../../lib/core/mod.ts";
import {
  type FilePair,
  RemoteCopier,
  removeStaleParts,
  type SftpConnection,
  uploadFile,
  uploadFiles,
} from "../../lib/sftp/mod.ts";
import { type SftpAnswer, type SftpRequest, SftpStatusCode } from "../../lib/sftp/embedded/mod.ts";
import { embeddedSftpServer, type EmbeddedTestServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { codeOf, filesBelow, makePairs, randomBytes } from "./transfer_fixtures.ts";

const failure: SftpAnswer = { kind: "status", code: SftpStatusCode.failure, message: "Failure" };
const aside = /^\.big\.[0-9a-f]{16}\.opsdeck-old$/;

for (const what of ["uploadFile()", "RemoteCopier.copy()"] as const) {
  const replace = async (connection: SftpConnection, pair: FilePair) => {
    if (what === "uploadFile()") {
      return await uploadFile(connection, pair.localPath, pair.remotePath, { overwrite: true });
    }
    const source = await connection.stat("/source");
    return await new RemoteCopier().copy(connection, source, "/big", { overwrite: true });
  };

  Deno.test(`${what} leaves the old file where it was when the server refuses the new one's rename`, async () => {
    await using place = await replacing();
    const { server, connection, pair } = place;
    server.faults.answerInstead = (request) => Promise.resolve(refusePartRename(request));

    const error = await assertRejects(() => replace(connection, pair), FileOperationError);

    assertEquals(error.code, "SFTP_FAILURE");
    assertEquals(await Deno.readTextFile(join(server.root, "big")), "old");
    assertEquals(filesBelow(server.root), ["big", "source"]);
  });

  Deno.test(`${what} says where the old file is when it cannot go back, and nothing removes it`, async () => {
    await using place = await replacing();
    const { server, connection, pair } = place;
    let renames = 0;
    server.faults.answerInstead = ({ kind }) =>
      // The first finds the name taken, the second sets the old file aside.
      Promise.resolve(kind === "rename" && ++renames > 2 ? failure : undefined);

    const error = await assertRejects(() => replace(connection, pair), FileOperationError);

    const [old = ""] = filesBelow(server.root).filter((name) => aside.test(name));
    assertStringIncludes(error.message, `'/${old}'`);
    await removeStaleParts(connection, "/", { minAgeMs: -60_000 });
    assertEquals(await Deno.readTextFile(join(server.root, old)), "old");
  });

  for (const moment of ["setting aside", "renaming"] as const) {
    for (const isDone of [false, true]) {
      const when = `${isDone ? "after" : "before"} the ${moment}`;
      Deno.test(`${what} loses neither file when the connection dies ${when}`, async () => {
        await using place = await replacing();
        const { server, connection, pair } = place;
        dieAt(server, moment, isDone);

        const error = await assertRejects(() => replace(connection, pair), SFTPConnectionError);

        await using other = await connectTo(server);
        await removeStaleParts(other, "/", { minAgeMs: -60_000 });
        const [name = ""] = filesBelow(server.root).filter((name) => name !== "source");
        const content = await Deno.readFile(join(server.root, name));
        const isOld = new TextDecoder().decode(content) === "old";
        assert(isOld || content.length === 300_000, name);
        if (name !== "big") assertStringIncludes(error.message, `'/${name}'`);
      });

      if (what !== "uploadFile()") continue;
      Deno.test(`uploadFiles() replaces the file over a new connection after a death ${when}`, async () => {
        await using place = await replacing();
        const { server, connection, pair } = place;
        await using later = new AsyncDisposableStack();
        dieAt(server, moment, isDone);

        const outcomes = await uploadFiles(connection, [pair], {
          overwrite: true,
          reconnect: async () => later.use(await connectTo(server)),
        });

        assertEquals(outcomes.map(codeOf), ["done"]);
        assertEquals(await Deno.readFile(join(server.root, "big")), randomBytes(300_000, 7));
        assertEquals(filesBelow(server.root), ["big", "source"]);
      });
    }
  }
}

Deno.test("RemoteCopier.removeLeftovers() gives a file that was being replaced its name back", async () => {
  await using place = await replacing();
  const { server, connection } = place;
  const copier = new RemoteCopier();
  const source = await connection.stat("/source");
  dieAt(server, "renaming", false);
  await assertRejects(
    () => copier.copy(connection, source, "/big", { overwrite: true }),
    SFTPConnectionError,
  );
  assertEquals(copier.leftovers.size, 2);

  await using other = await connectTo(server);
  await copier.removeLeftovers(other);

  assertEquals(copier.leftovers.size, 0);
  assertEquals(await Deno.readTextFile(join(server.root, "big")), "old");
  assertEquals(filesBelow(server.root), ["big", "source"]);
});

Deno.test("SftpConnection.replace() takes no folder out of its place", async () => {
  await using place = await replacing();
  const { server, connection } = place;
  await Deno.mkdir(join(server.root, "folder/inside"), { recursive: true });

  const error = await assertRejects(
    () => connection.replace("/source", "/folder"),
    FileOperationError,
  );

  assertEquals(error.code, "NOT_A_FILE");
  assert((await Deno.stat(join(server.root, "folder/inside"))).isDirectory);
  assertEquals(filesBelow(server.root), ["big", "source"]);
});

Deno.test("SftpConnection.replace() leaves both files when the old one may not be removed, and says so", async () => {
  await using place = await replacing();
  const { server, connection } = place;
  server.faults.answerInstead = ({ kind }) =>
    Promise.resolve(kind === "remove" ? failure : undefined);

  const error = await assertRejects(
    () => connection.replace("/source", "/big"),
    FileOperationError,
  );

  const [old = ""] = filesBelow(server.root);
  assertStringIncludes(error.message, `'/${old}'`);
  assertStringIncludes(error.message, "the new file is in its place");
  assertEquals(await Deno.readTextFile(join(server.root, old)), "old");
  assertEquals(filesBelow(server.root), [old, "big"]);
});

/** A server without `posix-rename` on which `/big` is to be replaced. */
async function replacing() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await embeddedSftpServer());
  const local = stack.use(await temporaryFolder("replace"));
  const connection = stack.use(await connectTo(server));
  const [pair] = await makePairs(local.path, server, ["big"]);
  assert(pair !== undefined);
  await Deno.writeTextFile(join(server.root, "big"), "old");
  await Deno.copyFile(pair.localPath, join(server.root, "source"));
  return {
    server,
    connection,
    pair,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function refusePartRename(request: SftpRequest): SftpAnswer | undefined {
  return request.kind === "rename" && request.path.endsWith(".opsdeck-part") ? failure : undefined;
}

/** Ends the connection at one of the renames, done or not. */
function dieAt(
  server: EmbeddedTestServer,
  moment: "setting aside" | "renaming",
  isDone: boolean,
): void {
  let isOver = false;
  let renames = 0;
  server.faults.answerInstead = async (request) => {
    // The first finds the name taken, the second sets the old file aside, the third renames.
    if (isOver || request.kind !== "rename") return undefined;
    if (++renames < (moment === "setting aside" ? 2 : 3)) return undefined;
    isOver = true;
    const [from, to] = [request.path, request.to].map((path) => join(server.root, path));
    if (isDone) await Deno.rename(from ?? "", to ?? "");
    await server.killSessions();
    return failure;
  };
}
