import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { type ClientConfig, type SftpConnection, SftpService } from "../../lib/sftp/mod.ts";
import { documentApi } from "../support/document_api.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import { forEachSftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

forEachSftpServer(
  "SftpService keeps one connection a project, until it closes all",
  async (server) => {
    await using service = new SftpService();
    const config = clientConfig(server);

    const first = await service.getSftpConnection(config);
    const second = await service.getSftpConnection(config);
    const own = await service.connectToSftp(config);

    assertStrictEquals(first, second);
    assert(own !== null && own !== first);
    assertEquals([first?.isActive(), own.isActive()], [true, true]);
    await service.closeAllConnections();
    assertEquals([first?.isActive(), own.isActive()], [false, false]);
    assertEquals((await service.getSftpConnection(config))?.isActive(), true);
  },
);

Deno.test("createSftpConnection() logs in with a password where the host key is known", async () => {
  await using server = await embeddedSftpServer();
  await using folder = await temporaryFolder("service");
  const connect = (service: SftpService, password = server.password) =>
    service.createSftpConnection(server.host, server.port, server.username, password);

  await using strict = new SftpService({ stateFolder: folder.path });
  assertEquals(await connect(strict), null);
  await using trusting = new SftpService({ stateFolder: folder.path, acceptNewHostKey: true });
  assertEquals((await connect(trusting))?.isActive(), true);
  assertEquals((await connect(strict))?.isActive(), true);
  assertEquals(await connect(strict, "wrong one"), null);
});

forEachSftpServer(
  "uploadFileToFolder(), getFileFromSftp() and removeFileFromPath() move a file there and back",
  async (server) => {
    await using folder = await temporaryFolder("service");
    await using service = new SftpService();
    const config = clientConfig(server);
    const source = join(folder.path, "a “report” 1.pdf");
    await Deno.writeTextFile(source, "content");
    const remote = `${server.remotePath("new/folder")}/${basename(source)}`;

    const up = await service.uploadFileToFolder(dirname(remote), "tests", source, config);
    const again = await service.uploadFileToFolder(dirname(remote), "tests", source, config, {
      verify: true,
    });
    const local = await service.getFileFromSftp(remote, config);

    assertEquals([up, again], [true, true]);
    assert(local !== null);
    assertEquals(await Deno.readTextFile(local), "content");
    assertEquals([basename(local), dirname(local) === folder.path], [basename(source), false]);
    await Deno.remove(dirname(local), { recursive: true });

    assertEquals(await service.removeFileFromPath(remote, config), true);
    assertEquals(await service.removeFileFromPath(remote, config), false);
    assertEquals(await service.getFileFromSftp(remote, config), null);
  },
);

forEachSftpServer(
  "uploadFileToFolder() replaces a different file only when told to",
  async (server) => {
    await using folder = await temporaryFolder("service");
    await using service = new SftpService();
    const source = join(folder.path, "a.txt");
    await Deno.writeTextFile(source, "new");
    await Deno.writeTextFile(join(server.root, "a.txt"), "other");
    const upload = (overwrite: boolean) =>
      service.uploadFileToFolder(server.remotePath(), "tests", source, clientConfig(server), {
        overwrite,
      });

    assertEquals(await upload(false), false);
    assertEquals(await Deno.readTextFile(join(server.root, "a.txt")), "other");
    assertEquals(await upload(true), true);
    assertEquals(await Deno.readTextFile(join(server.root, "a.txt")), "new");
    assertEquals((await Array.fromAsync(Deno.readDir(server.root))).length, 1);
  },
);

Deno.test("getFileFromSftp() takes no name that is a trap, and leaves no folder behind", async () => {
  await using server = await embeddedSftpServer();
  await using service = new SftpService();
  await using folder = await temporaryFolder("service");
  await Deno.symlink("/etc/passwd", join(server.root, "x.pdf"));
  for (const path of ["/..", "/a/..", "/", "", "/a\nb.pdf", "/missing.pdf", "/x.pdf"]) {
    const local = await service.getFileFromSftp(path, clientConfig(server), {
      temporaryFolder: folder.path,
    });
    assertEquals(local, null, path);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("SftpService says in the log why it gives null or false", async () => {
  await using server = await embeddedSftpServer();
  await using service = new SftpService();
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => records.push(record) },
    loggers: [
      { category: ["opsdeck"], sinks: ["memory"], lowestLevel: "error" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  try {
    await service.removeFileFromPath("/{missing}.pdf", clientConfig(server));
    await service.getSftpConnection(
      clientConfig(server, { sftp_private_key: undefined, sftp_pass: "not the right one" }),
    );
  } finally {
    await reset();
  }

  const [missing, refused] = records.map(({ message, properties }) => ({
    text: message.join(""),
    properties,
  }));
  assertMatch(missing?.text ?? "", /Cannot remove '\/\{missing\}.pdf' .* there is no such file/);
  assertEquals(missing?.properties, {
    project_id: "tests",
    remote_path: "/{missing}.pdf",
    code: "NO_SUCH_FILE",
  });
  assertMatch(refused?.text ?? "", /the server refused the login; check sftp_user, sftp_pass/);
  assertEquals(JSON.stringify(refused).includes("not the right one"), false);
});

Deno.test("removeFileFromPath() succeeds when only the answer was lost", async () => {
  await using server = await embeddedSftpServer();
  await using service = new SftpService();
  await Deno.writeTextFile(join(server.root, "a.txt"), "x");
  const lost = server.loseAnswer(({ kind }) => kind === "remove");

  const removed = await service.removeFileFromPath("/a.txt", clientConfig(server));

  await lost;
  assertEquals(removed, true);
});

forEachSftpServer(
  "isFileFullyUploaded() is true only for a file that stays as it is",
  async (server) => {
    await using service = new SftpService();
    const connection = await service.getSftpConnection(clientConfig(server));
    assert(connection !== null);
    const local = join(server.root, "a.pdf");
    const remote = server.remotePath("a.pdf");
    await Deno.writeTextFile(local, "all of it");

    assertEquals(await service.isFileFullyUploaded(connection, remote, 20), true);

    const changed = async (change: () => Promise<void>) => {
      const { stat } = connection;
      let looks = 0;
      const between: Pick<SftpConnection, "stat"> = {
        async stat(path, options) {
          if (looks++ === 1) await change();
          return await stat.call(connection, path, options);
        },
      };
      return await service.isFileFullyUploaded(between as SftpConnection, remote, 1);
    };
    assertEquals(await changed(() => Deno.writeTextFile(local, "!", { append: true })), false);
    assertEquals(await changed(() => Deno.utime(local, 1, 1)), false);
    assertEquals(await changed(() => Deno.remove(local)), false);
    assertEquals(await service.isFileFullyUploaded(connection, remote, 1), false);
  },
);

Deno.test("callApiForFiles() posts the files, signed; the same message twice is one", async () => {
  await using api = await documentApi();
  await using service = new SftpService();
  const config: ClientConfig = {
    project_id: "acme",
    sftp_host: "sftp.example",
    sftp_user: "u",
    sftp_pass: "not used",
    secret: api.secret,
  };
  const files = [
    { filename: "doc1.pdf", backup_path: "/backup/doc1.pdf" },
    { filename: "doc2.pdf", backup_path: "/backup/doc2.pdf" },
  ];
  const call = (changes: Partial<ClientConfig> = {}) =>
    service.callApiForFiles(
      { ...config, ...changes },
      files,
      "Admin",
      "Manual Upload",
      api.url,
      "my_profile",
    );

  assertEquals([await call(), await call()], [true, true]);

  assertEquals([api.calls.length, api.accepted.size, api.conflicts.length], [2, 1, 0]);
  assertEquals(api.calls.every(({ isSigned }) => isSigned), true);
  assertEquals(JSON.parse(api.calls[0]?.body ?? ""), {
    project_id: "acme",
    profile_code: "my_profile",
    uploaded_by: "Admin",
    source: "Manual Upload",
    files,
  });

  api.behave = () => ({ kind: "answer", status: 422 });
  assertEquals(await call(), false);
  assertEquals(await call({ secret: undefined }), false);
});

forEachSftpServer(
  "pollSftpForProject() claims what is there and calls the API once for it",
  async (server) => {
    await using folder = await temporaryFolder("service");
    await using api = await documentApi();
    await using service = new SftpService({ stateFolder: folder.path });
    const base = join(server.root, "base");
    await Deno.mkdir(join(base, "input"), { recursive: true });
    for (const name of ["1.pdf", "2.PDF", "note.txt"]) {
      await Deno.writeTextFile(join(base, "input", name), name);
    }
    const config = clientConfig(server, { path: server.remotePath("base"), secret: api.secret });
    const poll = () =>
      service.pollSftpForProject(config, 60, api.url, undefined, "input", "in_progress");

    const first = await poll();
    const second = await poll();

    assertEquals([first?.claimed, first?.acknowledged, second?.claimed], [2, 2, 0]);
    assertEquals([first?.error, second?.error], [null, null]);
    assertEquals(api.accepted.size, 1);
    const names = api.acceptedFiles().map((path) => basename(path)).sort();
    assertEquals(names, ["1.pdf", "2.PDF"]);
    for (const path of api.acceptedFiles()) assertMatch(path, /\/in_progress\/\d{8}\/[12]\.pdf$/i);

    assertEquals(
      await service.pollSftpForProject({ ...config, sftp_port: "abc" }, 60, api.url),
      null,
    );
  },
);

forEachSftpServer("SftpService is back at work when its server is", async (server) => {
  await using service = new SftpService();
  await using folder = await temporaryFolder("service");
  const source = join(folder.path, "a.txt");
  await Deno.writeTextFile(source, "content");
  const connection = await service.getSftpConnection(clientConfig(server));
  await server.stop();
  await connection?.closed;

  const upload = service.uploadFileToFolder(
    server.remotePath(),
    "tests",
    source,
    clientConfig(server),
  );
  await server.start();

  assertEquals(await upload, true);
});
