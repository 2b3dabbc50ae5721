import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { FileOperationError } from "../../lib/core/mod.ts";
import { downloadFile } from "../../lib/sftp/mod.ts";
import { LocalNames } from "../../lib/sftp/transfer/local_names.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { connectTo } from "../support/sftp_connection.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { filesBelow, randomBytes } from "./transfer_fixtures.ts";

const size = 3_000_000;
const part = ".big.opsdeck-part";

/** A server with the file `big`, a connection to it, and a local folder. */
async function downloadPlace() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await embeddedSftpServer());
  const folder = stack.use(await temporaryFolder("local-part"));
  const connection = stack.use(await connectTo(server));
  await Deno.writeFile(join(server.root, "big"), randomBytes(size, 1));
  await Deno.writeFile(join(server.root, "small"), randomBytes(1000, 2));
  return {
    served: (name: string) => join(server.root, name),
    local: (name: string) => join(folder.path, name),
    download: (name: string, options: { resume?: boolean; overwrite?: boolean } = {}) =>
      downloadFile(connection, `/${name}`, join(folder.path, name), options),
    names: () => filesBelow(folder.path),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Does something just before a local file gets its name, by whatever call. */
function beforeNaming(act: (to: string) => void): Disposable {
  const { linkSync, renameSync } = Deno;
  Deno.linkSync = (from, to) => {
    act(to);
    linkSync(from, to);
  };
  Deno.renameSync = (from, to) => {
    act(String(to));
    renameSync(from, to);
  };
  return {
    [Symbol.dispose]() {
      Object.assign(Deno, { linkSync, renameSync });
    },
  };
}

for (const name of ["small", "big"]) {
  Deno.test(`downloadFile() replaces no file that comes at the last moment (${name})`, async () => {
    await using place = await downloadPlace();
    using _ = beforeNaming((to) => Deno.writeTextFileSync(to, "another's"));

    const error = await assertRejects(() => place.download(name), FileOperationError);

    assertEquals(error.code, "LOCAL_FILE_EXISTS");
    assertEquals(await Deno.readTextFile(place.local(name)), "another's");
    assertEquals(place.names(), [name]);
  });
}

Deno.test("downloadFile() works where links are refused, and replaces nothing there either", async () => {
  await using place = await downloadPlace();
  const { linkSync } = Deno;
  Deno.linkSync = () => {
    throw new Deno.errors.NotSupported("Operation not supported (os error 95)");
  };
  using _ = { [Symbol.dispose]: () => Object.assign(Deno, { linkSync }) };

  assertEquals((await place.download("small")).status, "done");
  assertEquals(
    await Deno.readFile(place.local("small")),
    await Deno.readFile(place.served("small")),
  );
  await Deno.writeTextFile(place.local("big"), "another's");
  const error = await assertRejects(() => place.download("big"), FileOperationError);

  assertEquals(error.code, "LOCAL_FILE_EXISTS");
  assertEquals(place.names(), ["big", "small"]);
});

Deno.test("downloadFile() with resume writes to no file that a dead run's part is already", async () => {
  await using place = await downloadPlace();
  await place.download("big");
  await Deno.link(place.local("big"), place.local(part));
  const before = await Deno.readFile(place.local("big"));
  await Deno.writeFile(place.served("big"), randomBytes(size + 7, 3));
  using held = await Deno.open(place.local("big"));

  const { status } = await place.download("big", { resume: true, overwrite: true });

  const earlier = new Uint8Array(await new Response(held.readable).arrayBuffer());
  assertEquals(status, "done");
  assert(earlier.length === before.length && earlier.every((byte, at) => byte === before[at]));
  assertEquals(await Deno.readFile(place.local("big")), await Deno.readFile(place.served("big")));
  assertEquals(place.names(), ["big"]);
});

Deno.test("downloadFile() with resume refuses what is no file in its part's place, and names it", async () => {
  for (const kind of ["link", "link to nowhere", "folder"]) {
    await using place = await downloadPlace();
    await Deno.writeTextFile(place.local("precious"), "kept");
    if (kind === "folder") await Deno.mkdir(place.local(part));
    else await Deno.symlink(kind === "link" ? "precious" : "nowhere", place.local(part));

    const error = await assertRejects(
      () => place.download("big", { resume: true }),
      FileOperationError,
    );

    assertEquals(error.code, "NOT_A_FILE", kind);
    assert(error.message.includes(place.local(part)), error.message);
    assertEquals(await Deno.readTextFile(place.local("precious")), "kept");
    assertEquals(place.names().includes("nowhere"), false);
  }
});

Deno.test("LocalNames knows the names in the root folder", () => {
  const [name = ""] = Array.from(Deno.readDirSync("/"), (entry) => entry.name);
  const names = new LocalNames(10_000);

  assertEquals(names.mayHave(`/${basename(name)}`), true);
  assertEquals(names.mayHave(`/${crypto.randomUUID()}`), false);
});

Deno.test("downloadFile() with resume comes to its end where the file system has no locks", async () => {
  await using place = await downloadPlace();
  const { tryLock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLock = () =>
    Promise.reject(new Error("No locks available (os error 37)"));
  try {
    const { status } = await place.download("big", { resume: true });

    assertEquals(status, "done");
  } finally {
    Deno.FsFile.prototype.tryLock = tryLock;
  }
  assertEquals(await Deno.readFile(place.local("big")), randomBytes(size, 1));
  assertEquals(place.names(), ["big"]);
});
